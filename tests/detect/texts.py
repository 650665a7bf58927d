"""Generated text, dense with what recognizers look for and with what nearly is it, cut and joined where it hurts."""

from hypothesis import strategies as st

ENTITIES = (
    "4111 1111 1111 1111",
    "4111-1111-1111-1112",
    "5500005555555559",
    "378282246310005",
    "jane.doe@example.com",
    "élan.müller@exämple.co.uk",
    "a@b.c",
    "536-22-1234",
    "536221234",
    "900-70-1234",
    "GB33BUKB20201555555555",
    "DE89 3704 0044 0532 0130 00",
    "DE89370400440532013000 2 days",
    "de89370400440532013000",
    "+1 212 555 0199",
    "(212) 555-0199",
    "0207 946 0958 ext 12",
    "+49 30 901820",
    "030 901820",
    "tel:+33-1-42-68-53-00",
    "650 253 0000 x99",
    "10.0.0.1",
    "::1",
    "fe80::1ff:fe23:4567:890a%eth0/64",
    "::ffff:192.168.0.1",
    "00:1A:2B:3C:4D:5E",
    "0012.3456.789A",
    "https://www.example.com/a?b=c#d",
    "'http://example.org/x'",
    '"example.museum"',
    "www2.example.community/path",
    "self.amount",
    "2024-05-01T12:30:45.123Z",
    "2024-05-01 12:30",
    "12/31/1999",
    "31.12.99",
    "01-JAN-2020",
    "JAN-20",
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "BB1388568",
    "943 476 5919",
    "401-023-2137",
    "A1234567",
    "H12234567",
    "123456789012",
    "a1b2c3d4-e5f6-4711-8899-aabbccddeeff",
)

CONTEXT = (
    "credit card",
    "my SSN is",
    "social security",
    "passport",
    "driver license",
    "bank account",
    "iban",
    "phone",
    "call",
    "number",
    "date of birth",
    "nhs",
    "ip",
    "email",
    "wallet",
    "the and of",
)

GLUE = (
    "", " ", "  ", "\n", "\r\n", "\t", "-", ".", ",", ":", "/", "//", "@", "'", '"', "(", ")", "[", "]", "+", "x", "#",
    "0", "1", "9", "a", "Z", "_", "é", "ß", "ſ", "\u212a", "İ", "\u0665", "\uff11", "\u3000", "\xa0", "\xad", "\u200b",
    "山", "😀", "\x00", "\x1c", "\x85", "\ud800", "\u2028", "—", "\u2013", "²",
)  # fmt: skip

PIECE = st.one_of(
    st.sampled_from(ENTITIES),
    st.sampled_from(ENTITIES).flatmap(
        lambda value: st.tuples(st.integers(0, len(value)), st.integers(0, len(value))).map(
            lambda cut: value[min(cut) : max(cut)]
        )
    ),
    st.sampled_from(CONTEXT),
    st.sampled_from(GLUE),
    st.text(alphabet="0123456789-. ", max_size=24),
    st.text(alphabet="abcdefAB0129@.:/-_", max_size=24),
)

TEXT = st.lists(st.one_of(PIECE, st.sampled_from(GLUE)), min_size=1, max_size=24).map("".join)
ASCII_TEXT = TEXT.map(lambda text: text.encode("ascii", "ignore").decode())
