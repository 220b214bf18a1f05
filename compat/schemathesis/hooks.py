"""Feeds Schemathesis what no generator finds by itself: ids, keys and uploads that exist."""

import json
import os
import random

import schemathesis

with open(os.environ["SEEDS"], encoding="utf-8") as file:
    SEEDS = json.load(file)

CHOICE = random.Random(int(os.environ.get("SEED", "1")))


def sometimes():
    """Most of the time, so that requests get past the first check; the rest stays as it was drawn."""
    return CHOICE.random() < 0.7


def fill(values):
    """Puts existing values in the place of drawn ones that have the same name."""
    if not isinstance(values, dict):
        return values
    upload = CHOICE.choice(SEEDS["uploads"])
    known = {
        "fileId": CHOICE.choice(SEEDS["fileIds"]),
        "userId": "bob",
        "s3Key": CHOICE.choice(SEEDS["waitingKeys"]),
        "key": upload["key"],
        "uploadId": upload["uploadId"],
        "cursor": SEEDS["cursor"],
        "ids": [CHOICE.choice(SEEDS["disposableIds"])],
        "contentType": "text/plain",
        "mimeType": "text/plain",
        "size": 5,
        "fileSize": 5,
    }
    return {
        name: known[name] if name in known and not isinstance(value, (dict, list)) and sometimes() else value
        for name, value in values.items()
    }


def is_positive(context_case):
    meta = getattr(context_case, "meta", None)
    mode = getattr(getattr(meta, "generation", None), "mode", None)
    return getattr(mode, "is_positive", True)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Only requests that are meant to be right: what is meant to be wrong must stay so."""
    if not is_positive(case):
        return
    case.path_parameters = fill(case.path_parameters)
    case.query = fill(case.query)
    case.body = fill(case.body)
