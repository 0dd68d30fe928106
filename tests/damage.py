"""What is given to those who read bytes from outside: what they take in life, damaged."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Parts of `whole` replaced, cut out, doubled."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 12)))
        part = draw(st.sampled_from(["replaced", "cut", "doubled", "ended"]))
        if part == "replaced":
            content[start:end] = draw(st.binary(max_size=12))
        elif part == "cut":
            del content[start:end]
        elif part == "doubled":
            content[start:start] = content[start:end]
        else:
            del content[start:]
    return bytes(content)
