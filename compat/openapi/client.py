"""Uploads and lists through the generated client, and prints what it found as JSON."""

import json
import os
from urllib.request import Request, urlopen

from generated import Client
from generated.api.files import get_file, list_files
from generated.api.upload import presign_upload, register_file
from generated.models import Error, PresignUploadBody, RegisterFileBody

client = Client(os.environ["API_URL"], headers={"X-API-Key": os.environ["API_KEY"]})

presigned = presign_upload.sync(
    client=client, body=PresignUploadBody(filename="python.txt", content_type="text/plain", file_size=5)
)
headers = presigned.headers.additional_properties
urlopen(Request(presigned.url, data=b"hello", method=presigned.method.value, headers=headers)).close()
register_file.sync(
    client=client,
    body=RegisterFileBody(s_3_key=presigned.key, original_name="python.txt", mime_type="text/plain", size=5),
)
listed = list_files.sync(client=client, limit=5, search="python")
missing = get_file.sync("x", client=client)
assert isinstance(missing, Error)
names = [item.original_name for item in listed.items]
print(json.dumps({"names": names, "total": listed.pagination.total, "refusal": missing.error.code}))
