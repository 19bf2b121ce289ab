"""The environment of the tests, set before Django reads its settings: nobody's own .env may change a result."""

import os

os.environ["ENV_FILE"] = ""
os.environ.setdefault("DEBUG", "true")
os.environ["DB_POOL_SIZE"] = "0"
os.environ["BUFFER_SECONDS"] = "0"  # no thread writes behind a test's back
for name in ("FLUSSONIC_URL", "AUTH_SERVICE_URL", "FLUSSONIC_SYNC_MINUTES"):
    os.environ.pop(name, None)
