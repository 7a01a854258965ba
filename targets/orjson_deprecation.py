"""What making an ORJSONResponse warns of."""

import warnings

from fastapi import FastAPI
from fastapi.responses import ORJSONResponse

TARGET = {
    "over": None,
    "adds": "the warnings of ORJSONResponse, listed",
    "requires": ["fastapi>=0.100", "orjson"],
    "requests": {
        "warnings": {"path": "/warnings", "only": ["facts"]},
    },
}

app = FastAPI()


@app.get("/warnings")
async def raised_warnings() -> dict[str, list[dict[str, str]]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ORJSONResponse({})
    return {"warnings": [{"category": one.category.__name__, "says": first_words(one.message)} for one in caught]}


def first_words(message: Warning | str) -> str:
    return str(message).partition(",")[0]
