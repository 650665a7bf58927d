"""Published examples and zeros; nothing here opens anything."""

import pytest

from tests.detect.recognizers.support import Found, find

CASES: list[tuple[str, str, Found]] = [
    ("PASSWORD", 'password = "hunter2!"', [("hunter2!", 0.85)]),
    ("PASSWORD", "postgres://app:s3cr3t-pw@db.example.com/x", [("s3cr3t-pw", 0.9)]),
    ("PASSWORD", "Server=db;User Id=sa;Password=Tr0ub4dor;", [("Tr0ub4dor", 0.75)]),
    ("PASSWORD", "password: required", []),
    ("PASSWORD", 'password = os.environ["PW"]', []),
    ("PASSWORD", 'password="<password>"', []),
    ("PASSWORD", "https://example.com:8080/path@x", []),
    ("PASSWORD", "The password is Tr0ub4dor3", [("Tr0ub4dor3", 0.75)]),
    ("PASSWORD", "db.password=Tr0ub4dor&3", [("Tr0ub4dor&3", 0.75)]),
    ("PASSWORD", "postgres://app:${DB_PASSWORD}@db.example.com/x", []),
    ("PASSWORD", "password = get_password()", []),
    ("PASSWORD", "redis://:p4ssw0rd@cache.example.com:6379", [("p4ssw0rd", 0.9)]),
    ("PASSWORD", "passwd: ********", []),
    ("API_KEY", "AKIAIOSFODNN7EXAMPLE", [("AKIAIOSFODNN7EXAMPLE", 0.4)]),
    (
        "API_KEY",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        [("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 0.4)],
    ),
    ("API_KEY", "ghp_0123456789abcdefghijklmnopqrstuvwxyz", [("ghp_0123456789abcdefghijklmnopqrstuvwxyz", 0.4)]),
    ("API_KEY", 'api_key = "3f9a1c7e5b2d4f6081a9c3e7d5b1f204"', [("3f9a1c7e5b2d4f6081a9c3e7d5b1f204", 0.85)]),
    ("API_KEY", "api_key = get_the_key_from_the_vault", []),
    ("API_KEY", "token = tokenize_the_input_string", []),
    ("API_KEY", "client_secret: abcdefghijklmnopqrst", [("abcdefghijklmnopqrst", 0.4)]),
    ("API_KEY", "Authorization: Bearer 8d3f0a2b7c6e4d1f9a0b3c5e7d2f4a6b", [("8d3f0a2b7c6e4d1f9a0b3c5e7d2f4a6b", 0.8)]),
    (
        "API_KEY",
        "AccountKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        [("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 0.98)],
    ),
    ("API_KEY", "xoxb-0123456789-abcdefghijkl", [("xoxb-0123456789-abcdefghijkl", 0.4)]),
    ("API_KEY", "xoxo hugs and kisses to all", []),
    (
        "API_KEY",
        "SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        [("SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 0.98)],
    ),
    ("API_KEY", "glpat-00000000000000000000", [("glpat-00000000000000000000", 0.4)]),
    ("API_KEY", "npm_000000000000000000000000000000000000", [("npm_000000000000000000000000000000000000", 0.4)]),
    ("API_KEY", "AIza00000000000000000000000000000000000", [("AIza00000000000000000000000000000000000", 0.4)]),
    (
        "API_KEY",
        "sk-ant-api03-0000000000000000000000000000000000000000",
        [("sk-ant-api03-0000000000000000000000000000000000000000", 0.4)],
    ),
    ("API_KEY", "TWILIO_AUTH_TOKEN=0123456789abcdef0123456789abcdef", [("0123456789abcdef0123456789abcdef", 0.4)]),
    (
        "PRIVATE_KEY",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX\n-----END RSA PRIVATE KEY-----",
        [("-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX\n-----END RSA PRIVATE KEY-----", 1.0)],
    ),
    ("PRIVATE_KEY", "-----BEGIN PUBLIC KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX\n-----END PUBLIC KEY-----", []),
    (
        "ACCESS_TOKEN",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        [("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", 0.98)],
    ),
    ("ACCESS_TOKEN", "eyJxxxxxxxxxxxxxxxx.eyJzdWIiOiJ4In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", []),
]


@pytest.mark.parametrize(("entity", "text", "expected"), CASES)
def test_it_finds_exactly_these_values_with_these_scores(entity: str, text: str, expected: Found) -> None:
    assert find(entity, text) == expected
