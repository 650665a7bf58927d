"""Published examples: the NPI of CMS (1234567893), the Medicare card of CMS (1EG4-TE5-MK73)."""

import pytest

from tests.detect.recognizers.support import Found, find

CASES: list[tuple[str, str, Found]] = [
    ("MEDICAL_RECORD_NUMBER", "MRN: 00123456", [("00123456", 0.85)]),
    ("MEDICAL_RECORD_NUMBER", "Medical Record Number 12-345-678 was opened", [("12-345-678", 0.85)]),
    ("MEDICAL_RECORD_NUMBER", "patient id = P-998877", [("P-998877", 0.85)]),
    ("MEDICAL_RECORD_NUMBER", "the mrn field is required", []),
    ("MEDICAL_RECORD_NUMBER", "order 00123456", []),
    ("HEALTH_PLAN_ID", "Medicare number 1EG4-TE5-MK73", [("1EG4-TE5-MK73", 0.8)]),
    ("HEALTH_PLAN_ID", "1EG4-TE5-MK73", [("1EG4-TE5-MK73", 0.6)]),
    ("HEALTH_PLAN_ID", "Member ID: XYZ123456789", [("XYZ123456789", 0.8)]),
    ("HEALTH_PLAN_ID", "member id is missing", []),
    ("US_NPI", "NPI: 1234567893", [("1234567893", 0.95)]),
    ("US_NPI", "NPI 1234567890", []),
    ("US_NPI", "1234567893", []),
    ("US_NPI", "National Provider Identifier 1234567893", [("1234567893", 0.95)]),
    ("ICD10_CODE", "ICD-10: E11.9", [("E11.9", 0.9)]),
    ("ICD10_CODE", "Dx J45", [("J45", 0.9)]),
    ("ICD10_CODE", "see E11.9", [("E11.9", 0.35)]),
    ("ICD10_CODE", "version V10.2.1", []),
    ("ICD10_CODE", "see figure E11.9.2", []),
    ("HEALTH_DATA", "She was diagnosed with type 2 diabetes in May", [("type 2 diabetes", 0.85)]),
    ("HEALTH_DATA", "Medication: metformin 500 mg", [("metformin 500 mg", 0.8)]),
    ("HEALTH_DATA", "The patient has asthma", [("asthma", 0.85)]),
    ("HEALTH_DATA", "HIV-positive", [("HIV-positive", 0.8)]),
    ("HEALTH_DATA", "Diabetes is a disease.", []),
    ("HEALTH_DATA", "depression of the key", []),
    ("HEALTH_DATA", "history of the project", []),
    ("HEALTH_DATA", "prescribed by law", []),
    ("GENETIC_DATA", "BRCA1 mutation", [("BRCA1 mutation", 0.85)]),
    ("GENETIC_DATA", "c.76A>T found", [("c.76A>T", 0.85)]),
    ("GENETIC_DATA", "rs429358: C/T", [("rs429358: C/T", 0.8)]),
    ("GENETIC_DATA", "rs = 5", []),
    ("BIOMETRIC_DATA", "fingerprint template: AB12cd34EF==", [("AB12cd34EF==", 0.8)]),
    ("BIOMETRIC_DATA", "the SSH key's fingerprint is SHA256", []),
]


@pytest.mark.parametrize(("entity", "text", "expected"), CASES)
def test_it_finds_exactly_these_values_with_these_scores(entity: str, text: str, expected: Found) -> None:
    assert find(entity, text) == expected
