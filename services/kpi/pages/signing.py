"""Signing in, at the issuer or with a token of one's own, and out. The browser keeps the token where no
script can read it; when it has expired, a page sends its reader through here and has them back."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet
from flask import Blueprint, Response, redirect, render_template, request
from pymongo.database import Database
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import NotFound, Unauthenticated, Unavailable
from services.eventkit.http import allow, credentials, ensure_from_here, json_response, public
from services.eventkit.identity import Authenticator, Principal, Tickets
from services.eventkit.settings import Settings
from services.kpi.pages.frame import COOKIE, own

if TYPE_CHECKING:
    from services.eventkit.identity.provider import Provider

#: Tells the browser that began to sign in; and the ID token, shown to nobody but the issuer at the end.
BROWSER, ID_TOKEN = "sxsh_sign_in", "sxsh_id"
#: Where the issuer sends a browser back to; the client is registered there with this address.
RETURN = "/sign-in/return"
#: Seconds to sign in at the issuer, and to use a link.
PATIENCE = 600


@dataclass(frozen=True)
class Signing:
    """Without a `provider` people sign in with a link of the launcher, or with a token of their own."""

    authenticator: Authenticator
    tickets: Tickets
    provider: Provider | None = None
    pages_url: str | None = None

    @classmethod
    def of(
        cls, settings: Settings, authenticator: Authenticator, database: Database[dict[str, Any]]
    ) -> Signing:
        tickets = Tickets(database)
        tickets.prepare()
        if settings.oidc_client_id is None:
            return cls(authenticator, tickets, None, settings.pages_url)
        from services.eventkit.identity.provider import Provider  # what it needs takes long to import

        at = settings.need("pages_url")
        provider = Provider(
            issuer=settings.need("oidc_issuer"),
            client_id=settings.oidc_client_id,
            client_secret=settings.need("oidc_client_secret"),
            return_to=at + RETURN,
            authenticator=authenticator,
        )
        return cls(authenticator, tickets, provider, at)

    @property
    def elsewhere(self) -> list[str]:
        """The hosts that a form of ours may lead to: to sign in and out at."""
        return [self.provider.origin] if self.provider else []

    def keep(self, answer: AnyResponse, name: str, value: str, path: str = "/") -> None:
        secure = request.is_secure or (self.pages_url or "").startswith("https:")
        answer.set_cookie(name, value, httponly=True, secure=secure, samesite="Lax", path=path)


def register(pages: Blueprint, signed: Signing) -> None:
    at_issuer, here = signed.provider, signed.authenticator

    @pages.get("/sign-in")
    @public
    def ask() -> AnyResponse:
        if at_issuer is None:
            return _form(own(request.args))
        try:
            begun = at_issuer.begin()
        except Unavailable as error:
            return _refused(error, own(request.args))
        browser = request.cookies.get(BROWSER) or secrets.token_urlsafe(32)
        kept = {"nonce": begun.nonce, "verifier": begun.verifier, "next": own(request.args)}
        signed.tickets.put("sign-in", begun.state, {**kept, "browser": _digest(browser)}, PATIENCE)
        answer = redirect(begun.url, 303)
        signed.keep(answer, BROWSER, browser, path="/sign-in")
        return answer

    @pages.get(RETURN)
    @public
    def come_back() -> AnyResponse:
        """With a code, once, by the browser that began."""
        if at_issuer is None:
            raise NotFound("Nobody signs in at an issuer here.")
        browser = _digest(request.cookies.get(BROWSER, ""))
        begun = signed.tickets.take("sign-in", request.args.get("state", ""), browser=browser)
        if begun is None:
            return _refused(Unauthenticated("This sign-in was not begun here, is over, or is too old."), "/")
        try:
            found = at_issuer.finish(request.args, begun["nonce"], begun["verifier"])
        except (Unauthenticated, Unavailable) as error:
            return _refused(error, begun["next"])
        answer = redirect(begun["next"], 303)
        signed.keep(answer, COOKIE, found.token)
        signed.keep(answer, ID_TOKEN, found.id_token, path="/sign-out")
        return answer

    @pages.get("/sign-in/token")
    @public
    def ask_for_token() -> AnyResponse:
        return _form(own(request.args))

    @pages.post("/sign-in")
    @public
    def sign_in() -> AnyResponse:
        ensure_from_here()
        token = "".join(request.form.get("token", "").split())
        try:
            here.authenticate(f"Bearer {token}", None)
        except Unauthenticated as error:
            return _form(own(request.form), error.detail, 401)
        answer = redirect(own(request.form), 303)
        signed.keep(answer, COOKIE, token)
        return answer

    @pages.post("/sign-in/links")
    @allow()
    def make_link() -> Response:
        """For whoever shows a token: a link that signs a browser in with it, once."""
        if at_issuer is not None:
            raise NotFound("People sign in at the issuer here.")
        code, token = secrets.token_urlsafe(32), credentials().get("Authorization", "").partition(" ")[2]
        if not token:
            raise Unauthenticated("A link is made of a token: send Authorization: Bearer <token>.")
        sealed = _seal(code).encrypt(token.encode())
        signed.tickets.put("link", code, {"sealed": sealed}, PATIENCE)
        return json_response({"path": f"/sign-in/link?code={code}", "seconds": PATIENCE}, 201)

    @pages.get("/sign-in/link")
    @public
    def open_link() -> AnyResponse:
        """Asks first: what looks at links of itself must not use this one up."""
        code = request.args.get("code", "")
        caller = _of_link(signed, code, signed.tickets.look("link", code))[1]
        return _page("sign_in_link.html", code=code, caller=caller)

    @pages.post("/sign-in/link")
    @public
    def use_link() -> AnyResponse:
        ensure_from_here()
        code = request.form.get("code", "")
        token, _ = _of_link(signed, code, signed.tickets.take("link", code))
        answer = redirect("/", 303)
        signed.keep(answer, COOKIE, token)
        return answer

    @pages.post("/sign-out")
    @public
    def sign_out() -> AnyResponse:
        """Here and at the issuer, also with a token that has expired."""
        ensure_from_here()
        ended = f"{signed.pages_url}/signed-out"
        elsewhere = at_issuer and at_issuer.sign_out(request.cookies.get(ID_TOKEN), ended)
        answer = redirect(elsewhere or "/signed-out", 303)
        answer.delete_cookie(COOKIE)
        answer.delete_cookie(ID_TOKEN, path="/sign-out")
        return answer

    @pages.get("/signed-in")
    @allow()
    def signed_in() -> AnyResponse:
        """Where somebody lands who signs in again beside a form that waits."""
        return _page("signed_in.html")

    @pages.get("/signed-out")
    @public
    def signed_out() -> AnyResponse:
        return _page("signed_out.html")


def _of_link(signed: Signing, code: str, ticket: dict[str, Any] | None) -> tuple[str, Principal]:
    """The token, and whose it is. Raises `NotFound` for a link that is no good any more."""
    if ticket is None:
        raise NotFound("This link was used, or is too old. Have another made: sxsh sign-in.")
    token = _seal(code).decrypt(bytes(ticket["sealed"])).decode()
    return token, signed.authenticator.authenticate(f"Bearer {token}", None)


def _seal(code: str) -> Fernet:
    """By the code itself: who reads the database finds no token that is good for anything."""
    key = hashlib.sha256(f"seal {code}".encode("utf-8", "surrogatepass")).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _digest(browser: str) -> str:
    return hashlib.sha256(browser.encode("utf-8", "surrogatepass")).hexdigest()


def _form(then: str, refused: str | None = None, status: int = 200) -> AnyResponse:
    return _page("sign_in.html", status, next=then, refused=refused)


def _refused(error: Unauthenticated | Unavailable, then: str) -> AnyResponse:
    return _page("sign_in_refused.html", error.status, next=then, why=error.detail)


def _page(template: str, status: int = 200, **context: Any) -> AnyResponse:
    return Response(render_template(f"pages/{template}", **context), status, mimetype="text/html")
