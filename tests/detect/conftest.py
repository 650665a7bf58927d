"""The cache of these tests is their own: what they find must not depend on what an earlier program left behind."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="guardrails-tests-")
os.environ["XDG_CACHE_HOME"] = _folder
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
