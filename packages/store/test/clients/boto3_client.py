"""Does with boto3 what its users do, against the endpoint given: exits with a traceback if anything is not as S3 has it."""

import io
import os
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
bucket = "boto3"
client = boto3.client(
    "s3",
    endpoint_url=endpoint,
    aws_access_key_id="AKIDSERVICE",
    aws_secret_access_key="service-secret",
    region_name="us-east-1",
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
)


def read(key, **options):
    return client.get_object(Bucket=bucket, Key=key, **options)["Body"].read()


def expect(code, call, **arguments):
    try:
        call(Bucket=bucket, **arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
    else:
        raise AssertionError(f"{code} was expected")


def knows(operation, parameter):
    """Whether this version of boto3 knows the parameter."""
    return parameter in client.meta.service_model.operation_model(operation).input_shape.members


client.create_bucket(Bucket=bucket)

for size in (0, 10, 100_000, 6_000_000):
    body = os.urandom(size)
    client.put_object(Bucket=bucket, Key=f"sizes/{size}", Body=body, Metadata={"size": str(size)})
    assert read(f"sizes/{size}") == body
assert client.head_object(Bucket=bucket, Key="sizes/10")["Metadata"] == {"size": "10"}
assert read("sizes/100000", Range="bytes=-5") == read("sizes/100000")[-5:]

# Large files go in parts, and so do copies of them.
large = os.urandom(30 * 1024 * 1024)
client.upload_fileobj(io.BytesIO(large), bucket, "large")
client.copy({"Bucket": bucket, "Key": "large"}, bucket, "copy of large")
for key in ("large", "copy of large"):
    got = io.BytesIO()
    client.download_fileobj(bucket, key, got)
    assert got.getvalue() == large

# Checksums, of the whole and of parts. Older clients know composite ones only.
knows_types = knows("CreateMultipartUpload", "ChecksumType")
kinds = [("CRC32", {}), ("SHA256", {})] + [("CRC32", {"ChecksumType": "FULL_OBJECT"})] * knows_types
for algorithm, kind in kinds:
    upload = client.create_multipart_upload(Bucket=bucket, Key="parts", ChecksumAlgorithm=algorithm, **kind)["UploadId"]
    parts = []
    for number, body in enumerate((os.urandom(5 * 1024 * 1024), b"end"), 1):
        part = client.upload_part(
            Bucket=bucket, Key="parts", UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm
        )
        name = f"Checksum{algorithm}"
        parts.append({"PartNumber": number, "ETag": part["ETag"], name: part[name]})
    done = client.complete_multipart_upload(
        Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    assert done[name].endswith("-2") == (not kind)
    assert done.get("ChecksumType", "") == ("" if not knows_types else kind.get("ChecksumType", "COMPOSITE"))
    assert read("parts", PartNumber=2) == b"end"

# Lists, in pages and by folder.
for key in ("l/asdf", "l/boo/bar", "l/boo/baz/x", "l/한글", "l/\n"):
    client.put_object(Bucket=bucket, Key=key, Body=b"")
pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="l/", PaginationConfig={"PageSize": 2})
assert [found["Key"] for page in pages for found in page["Contents"]] == sorted(
    ("l/asdf", "l/boo/bar", "l/boo/baz/x", "l/한글", "l/\n")
)
folders = client.list_objects(Bucket=bucket, Prefix="l/", Delimiter="/")["CommonPrefixes"]
assert [folder["Prefix"] for folder in folders] == ["l/boo/"]
assert client.list_object_versions(Bucket=bucket, MaxKeys=1)["Versions"][0]["VersionId"] == "null"

# Conditions.
etag = client.put_object(Bucket=bucket, Key="conditions", Body=b"2")["ETag"]
if knows("PutObject", "IfMatch"):
    expect("PreconditionFailed", client.put_object, Key="conditions", Body=b"2", IfNoneMatch="*")
    client.put_object(Bucket=bucket, Key="conditions", Body=b"2", IfMatch=etag)
    expect("PreconditionFailed", client.put_object, Key="conditions", Body=b"3", IfMatch='"other"')
assert read("conditions", IfNoneMatch='"other"') == b"2"
expect("304", client.head_object, Key="conditions", IfNoneMatch=client.head_object(Bucket=bucket, Key="conditions")["ETag"])
expect("PreconditionFailed", client.get_object, Key="conditions", IfMatch='"other"')
expect("NoSuchLifecycleConfiguration", client.get_bucket_lifecycle_configuration)
expect("NotImplemented", client.put_bucket_versioning, VersioningConfiguration={"Status": "Enabled"})

# What others may do with a signature of ours.
url = client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "signed", "ContentType": "a/b"})
request = urllib.request.Request(url, data=b"hello", method="PUT", headers={"content-type": "a/b"})
assert urllib.request.urlopen(request).status == 200
url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "signed"})
assert urllib.request.urlopen(url).read() == b"hello"

form = client.generate_presigned_post(bucket, "form/${filename}", Conditions=[["content-length-range", 1, 10]])
fields = "".join(
    f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    for name, value in form["fields"].items()
)
file = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'
headers = {"content-type": "multipart/form-data; boundary=x"}
urllib.request.urlopen(urllib.request.Request(form["url"], data=(fields + file).encode(), headers=headers))
assert read("form/a.txt") == b"hello"

# Away with all of it.
keys = [{"Key": found["Key"]} for found in client.list_objects_v2(Bucket=bucket)["Contents"]]
assert "Errors" not in client.delete_objects(Bucket=bucket, Delete={"Objects": keys})
client.delete_bucket(Bucket=bucket)
