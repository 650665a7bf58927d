"""Published examples: test cards, an ANSI X9 routing number, the Bitcoin wiki's key, BIP-39's phrase."""

import pytest

from tests.detect.recognizers.support import Found, find

CASES: list[tuple[str, str, Found]] = [
    (
        "CARD_TRACK_DATA",
        "%B4111111111111111^DOE/JANE^2912101000000000?",
        [("%B4111111111111111^DOE/JANE^2912101000000000?", 1.0)],
    ),
    ("CARD_TRACK_DATA", ";4111111111111111=29121010000000000?", [(";4111111111111111=29121010000000000?", 0.95)]),
    ("CARD_TRACK_DATA", "%B4111111111111112^DOE/JANE^2912101?", []),
    ("CARD_TRACK_DATA", "x4111111111111111=2912101", []),
    ("CARD_CVV", "CVV: 123", [("123", 0.85)]),
    ("CARD_CVV", 'cvv2 = "1234"', [("1234", 0.85)]),
    ("CARD_CVV", "CVV 12345", []),
    ("CARD_CVV", "the cvv is required", []),
    ("CARD_PIN", "PIN: 1234", [("1234", 0.75)]),
    ("CARD_PIN", "card pin is 123456", [("123456", 0.75)]),
    ("CARD_PIN", "pin 12 of the chip", []),
    ("CARD_PIN", "set PIN 2024-01-01", []),
    ("ABA_ROUTING_NUMBER", "Routing number: 021000021", [("021000021", 0.9)]),
    ("ABA_ROUTING_NUMBER", "routing 123456789", []),
    ("ABA_ROUTING_NUMBER", "021000021", []),
    ("SWIFT_CODE", "SWIFT: DEUTDEFF500", [("DEUTDEFF500", 0.85)]),
    ("SWIFT_CODE", "BIC ABCDXXFF", []),
    ("SWIFT_CODE", "BANKGB22", []),
    ("SWIFT_CODE", "a swift RESPONSE", []),
    ("SWIFT_CODE", "SWIFT/BIC code DEUTDEFF", [("DEUTDEFF", 0.85)]),
    (
        "CRYPTO_PRIVATE_KEY",
        "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
        [("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", 1.0)],
    ),
    ("CRYPTO_PRIVATE_KEY", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK", []),
    (
        "CRYPTO_PRIVATE_KEY",
        "seed phrase: abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        [("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about", 0.85)],
    ),
    (
        "CRYPTO_PRIVATE_KEY",
        "private key = e9873d79c6d87dc0fb6a5778633389f4453213303da61f20bd67fc233aa33262",
        [("e9873d79c6d87dc0fb6a5778633389f4453213303da61f20bd67fc233aa33262", 0.9)],
    ),
    ("CREDIT_CARD", "card 501800000009", [("501800000009", 1.0)]),
    ("CREDIT_CARD", "2223003122003222", [("2223003122003222", 1.0)]),
    ("CREDIT_CARD", "card 6304000000000000", [("6304000000000000", 1.0)]),
    ("CREDIT_CARD", "id 2223003122003223", []),
]


@pytest.mark.parametrize(("entity", "text", "expected"), CASES)
def test_it_finds_exactly_these_values_with_these_scores(entity: str, text: str, expected: Found) -> None:
    assert find(entity, text) == expected
