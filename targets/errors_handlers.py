"""FastAPI answering errors by exception handlers: one that the endpoint raises, one of validation."""

from _errors import NOT_FOUND
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

TARGET = {
    "over": "errors_returned",
    "adds": "exception handlers",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "not_found": {"path": "/missing404", "expect": {"status": 404, "json_file": "not_found"}},
        "invalid": {
            "path": "/invalid422?limit=many",
            "expect": {"status": 422, "json_file": "invalid"},
            "effort": "full",
        },
    },
}


class UserNotFoundError(Exception):
    pass


app = FastAPI()


@app.exception_handler(UserNotFoundError)
async def on_not_found(request: Request, error: UserNotFoundError) -> JSONResponse:
    return JSONResponse(NOT_FOUND, status_code=404)


@app.exception_handler(RequestValidationError)
async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    # The field and the kind of error are the same in every release of Pydantic; its messages aren't.
    problems = [{"field": str(one["loc"][-1]), "problem": one["type"]} for one in error.errors()]
    return JSONResponse({"error": "invalid", "problems": problems}, status_code=422)


@app.get("/missing404")
async def missing() -> None:
    raise UserNotFoundError


@app.get("/invalid422")
async def invalid(limit: int) -> None:
    pass
