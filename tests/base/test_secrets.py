"""Facts about texts without secrets: no token, key, password or signature stays, and all else does."""

from __future__ import annotations

import pytest

from curation.base.errors import ShareError
from curation.base.secrets import without_secrets
from curation.recipes.loading import load, make

HUB = "hf_" + "aB3dE6gH" * 4
OAUTH = "hf_oauth_eyJhbGciOiJFZERTQSJ9.eyJzY29wZSI6WyJvcGVuaWQiXX0.c2lnbmF0dXJl-Xy_9"
ID = "AKIA" + "IOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
WANDB = "0123456789abcdef" * 2 + "01234567"
WANDB_NEW = "wandb_v1-" + "Zx9_Yw8-Vu7Ts6Rq5Po4"
PLAIN = "swordfish"  # like no key at all: only its place says what it is


@pytest.mark.parametrize("secret", [HUB, OAUTH, ID, SECRET, WANDB, WANDB_NEW])
@pytest.mark.parametrize("around", ["{}", "token {} refused", "('{}',)", '{{"a": "{}"}}', "it was\n{}\nthere", "x={}"])
def test_no_key_stays(secret: str, around: str) -> None:
    """Tokens of the Hub, keys of S3 and of W&B go wherever they stand, and nothing around them does."""
    assert without_secrets(around.format(secret)) == around.format("***")


@pytest.mark.parametrize(
    "text",
    [
        f"https://me:{PLAIN}@host/a",
        f"https://{PLAIN}@host/a",
        f"https:/me:{PLAIN}@host/a",
        f"https://host/a?token={PLAIN}&b=1",
        f"https://host/a?b=1&X-Amz-Signature={PLAIN}",
        f"https://host/a?X-Amz-Credential={PLAIN}%2F2026&X-Amz-Security-Token={PLAIN}",
        f"https://host/a?Expires=1&Policy={PLAIN}&Signature={PLAIN}~_&Key-Pair-Id={PLAIN}",
        f"https://host/a?sv=2024&sig={PLAIN}%3D",
        f"Authorization: Bearer {PLAIN}",
        f"authorization: Basic {PLAIN}==",
        f"{{'Authorization': 'Bearer {PLAIN}'}}",
        f"AWS4-HMAC-SHA256 Credential={PLAIN}/20260101/us-east-1/s3/aws4_request, Signature={PLAIN}",
        f"HF_TOKEN={PLAIN}",
        f"aws_secret_access_key = {PLAIN}",
        f"AWS_SECRET_ACCESS_KEY: {PLAIN}",
        f"api_key='{PLAIN}'",
        f'{{"password": "{PLAIN}"}}',
        f"curate --token {PLAIN}",
    ],
)
def test_no_value_of_a_secret_stays(text: str) -> None:
    """What is named as a token, password, key or signature goes: in addresses, headers, settings, options, JSON."""
    assert PLAIN not in without_secrets(text)
    assert "***" in without_secrets(text)


def test_what_the_environment_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret of this process goes in whatever form it has."""
    monkeypatch.setenv("STORE_PASSWORD", "correct horse battery")
    assert without_secrets("refused: correct horse battery, staple") == "refused: ***, staple"


@pytest.mark.parametrize(
    "text",
    [
        f"hf://datasets/me/data@{WANDB}/train.jsonl",
        f"https://huggingface.co/me/data/resolve/{WANDB}/train.jsonl?download=true",
        f"commit {WANDB} is not in the cache",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        'File "/home/me/hub.py", line 3, in hf_hub_download',
        "eos_token='</s>', max_tokens=1024, tokens: 12",
        "Unexpected token: }",
        "train.jsonl, line 3: key 'messages' is missing",
        "http://127.0.0.1:8000/datasets/me/data@main",
    ],
)
def test_all_else_stays(text: str) -> None:
    """Commits, hashes, names of functions, counts of tokens and addresses are left as they are."""
    assert without_secrets(text) == text


@pytest.mark.parametrize(
    "text", [f"HF_TOKEN={HUB}", f"https://a:{PLAIN}@b?token={HUB}", f"Authorization: Bearer {HUB}"]
)
def test_twice_is_once(text: str) -> None:
    """A text that was cleaned is not changed by cleaning it again."""
    assert without_secrets(without_secrets(text)) == without_secrets(text)


def test_no_error_holds_a_secret() -> None:
    """Whatever is put into an error, its fact, hint and line are without secrets."""
    error = ShareError(f"https://me:{PLAIN}@host?token={PLAIN} refused {HUB}", f"Set HF_TOKEN={PLAIN}")
    for text in (error.fact, error.hint, str(error)):
        assert PLAIN not in text
        assert HUB not in text


def test_no_manifest_holds_a_secret() -> None:
    """How a build was asked for is written down without what an address or an option opens."""
    made = make(load("legal"), f"https://me:{PLAIN}@host/a.json?X-Amz-Signature={PLAIN}", {})
    assert made.invocation
    assert made.invocation.source == "https://***@host/a.json?X-Amz-Signature=***"
