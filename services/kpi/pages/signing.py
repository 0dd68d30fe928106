"""Signing in with a token of one's own, which the browser keeps where no script can read it; and out."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import Unauthenticated
from services.eventkit.http import allow, public
from services.eventkit.identity import Authenticator
from services.kpi.pages.frame import COOKIE, own


def register(pages: Blueprint, authenticator: Authenticator) -> None:
    @pages.get("/sign-in")
    @public
    def ask() -> str:
        return render_template("pages/sign_in.html", next=own(request.args), refused=None)

    @pages.post("/sign-in")
    @public
    def sign_in() -> AnyResponse:
        token = "".join(request.form.get("token", "").split())
        try:
            authenticator.authenticate(f"Bearer {token}", None)
        except Unauthenticated as error:
            page = render_template("pages/sign_in.html", next=own(request.form), refused=error.detail)
            return Response(page, 401, mimetype="text/html")
        answer = redirect(own(request.form), 303)
        answer.set_cookie(COOKIE, token, httponly=True, secure=request.is_secure, samesite="Lax")
        return answer

    @pages.post("/sign-out")
    @allow()
    def sign_out() -> AnyResponse:
        answer = redirect("/sign-in", 303)
        answer.delete_cookie(COOKIE)
        return answer
