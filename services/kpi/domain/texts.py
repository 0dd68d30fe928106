"""Why, in the reader's words. `{0}` is the detail that the computation names (a product, a period, a unit)."""

from __future__ import annotations

from services.kpi.domain.rules import Words

_REASONS: dict[str, tuple[str, str]] = {
    # why a saving cannot be computed
    "no-baseline": (
        "không tính được vì đánh giá chưa có số liệu kỳ gốc",
        "cannot be computed because the assessment has no baseline",
    ),
    "not-twelve-months": (
        "không tính được vì kỳ {0} không phải đúng mười hai tháng",
        "cannot be computed because the period {0} is not exactly twelve months",
    ),
    "months-differ": (
        "không tính được vì hai kỳ không cùng các tháng ({0})",
        "cannot be computed because the two periods do not span the same months ({0})",
    ),
    "overlap": (
        "không tính được vì kỳ sau bắt đầu trước khi kỳ gốc kết thúc ({0})",
        "cannot be computed because the later period begins before the baseline ends ({0})",
    ),
    "no-product": (
        "không tính được vì kỳ gốc không có sản phẩm nào",
        "cannot be computed because the baseline names no product",
    ),
    "zero-output": (
        "không tính được vì sản lượng kỳ gốc của {0} bằng không",
        "cannot be computed because the baseline output of {0} is zero",
    ),
    "unit-differs": (
        "không tính được vì đơn vị tính sản lượng thay đổi ({0})",
        "cannot be computed because the unit of output changed ({0})",
    ),
    "no-factor": (
        "không tính được vì không có hệ số quy đổi cho {0}",
        "cannot be computed because there is no conversion factor for {0}",
    ),
    "no-equivalence": (
        "không tính được vì nhiều sản phẩm dùng chung một nguồn mà {0} không có hệ số quy đổi tương đương ở kỳ gốc",
        "cannot be computed because several products share a flow and {0} has no equivalence coefficient in the "
        "baseline",
    ),
    "new-product": (
        "không tính được vì sản phẩm mới {0} dùng chung nguồn, không có đồng hồ riêng và không có hệ số tương đương",
        "cannot be computed because the new product {0} shares a flow, without a meter of its own and without "
        "an equivalence coefficient",
    ),
    "unknown-product": (
        "không tính được vì đồng hồ đo ghi cho sản phẩm {0} không có trong kỳ",
        "cannot be computed because a meter names the product {0}, which the period does not hold",
    ),
    "no-price": (
        "không tính được vì kỳ gốc không có giá của {0}",
        "cannot be computed because the baseline has no price for {0}",
    ),
    "no-expected": (
        "không tính được vì mức tiêu thụ dự kiến theo kỳ gốc bằng không",
        "cannot be computed because the consumption expected from the baseline is zero",
    ),
    # why a facility is not in U
    "not-registered": ("chưa đăng ký vào ngày này", "not registered on that day"),
    "closed": ("đã đóng cửa từ {0}", "closed since {0}"),
    "suspended": (
        "tạm ngừng từ {0}, đã quá mười hai tháng",
        "suspended since {0}, twelve months or more ago",
    ),
    "out-of-scope": ("ngành {0} ngoài phạm vi kế hoạch", "industry {0} is outside the plan's scope"),
    "out-of-territory": ("đơn vị {0} ngoài địa bàn kế hoạch", "unit {0} is outside the plan's territory"),
    # standing
    "survey-names": (
        "nêu được lợi ích trong phiếu điều tra ngày {0}",
        "named a benefit in a survey on {0}",
    ),
    "test-passed": ("đạt bài kiểm tra ngày {0}", "passed a test on {0}"),
    "survey-none": (
        "phiếu điều tra ngày {0} không nêu được lợi ích nào",
        "named no benefit in a survey on {0}",
    ),
    "reached-only": (
        "đã dự lớp ngày {0}, nhưng dự lớp không phải là bằng chứng nhận thức",
        "attended on {0}, but attendance is no evidence of awareness",
    ),
    "sample-only": (
        "chỉ trả lời điều tra mẫu ngày {0}; điều tra mẫu không cộng vào số toàn bộ",
        "answered only a sample survey on {0}; samples are never added to the census count",
    ),
    "no-evidence": ("chưa có bằng chứng nhận thức", "there is no evidence of awareness"),
    "adopter": (
        "đánh giá được duyệt ngày {0} và có giải pháp của nó đã thực hiện, đã xác minh",
        "assessment approved on {0} and an option of it implemented and verified",
    ),
    "not-approved": ("chưa có đánh giá nào được duyệt", "no assessment is approved"),
    "no-option": (
        "đánh giá đã duyệt, nhưng chưa có giải pháp nào được thực hiện, xác minh và còn duy trì",
        "an assessment is approved, but none of its options is implemented, verified and kept up",
    ),
    "not-adopter": ("không phải cơ sở áp dụng", "not an adopter"),
    "not-measured": ("chưa có kỳ đo nào được chấp nhận", "no later period has been accepted"),
    "counts": ("kỳ đo kết thúc ngày {0} được tính", "the period that ended on {0} counts"),
    "flagged": (
        "vượt ±40% ({0}): bị tách ra cho đến khi được soát xét",
        "beyond ±40% ({0}): left out until someone has reviewed it",
    ),
    "left-out": ("bị tách ra sau khi soát xét", "left out by a review"),
    "saves-8": ("tiết kiệm năng lượng {0}, từ 8% trở lên", "saves {0} of energy, at least 8%"),
    "saves-5": (
        "tiết kiệm năng lượng {0}, từ 5% nhưng chưa đến 8%",
        "saves {0} of energy, at least 5% but below 8%",
    ),
    "saves-less": ("tiết kiệm năng lượng {0}, dưới 5%", "saves {0} of energy, below 5%"),
    "units-only": (
        "K3 tính các đơn vị cấp huyện, không tính cơ sở",
        "K3 counts district-level units, not facilities",
    ),
    # why a target has no value
    "no-facilities": (
        "không có cơ sở công nghiệp nào trong phạm vi vào ngày này",
        "there is no industrial facility in scope on that day",
    ),
    "no-adopters": (
        "không có cơ sở áp dụng nào vào ngày này",
        "no facility applies cleaner production on that day",
    ),
    "no-measurement": (
        "chưa có cơ sở áp dụng nào có kỳ đo được chấp nhận và tính được",
        "no adopter has an accepted measurement that can be computed",
    ),
    "no-units": (
        "không có đơn vị cấp huyện nào vào ngày này",
        "there is no district-level unit on that day",
    ),
    "part-missing": (
        "chưa kết luận được vì một phần chưa có giá trị: {0}",
        "cannot be decided because a part has no value: {0}",
    ),
    "no-target": ("không có chỉ tiêu", "there is no target"),
}


def reason(code: str, detail: str = "") -> Words:
    vi, en = _REASONS[code]
    return Words(vi=vi.format(detail), en=en.format(detail))


def codes() -> frozenset[str]:
    return frozenset(_REASONS)
