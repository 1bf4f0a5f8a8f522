"""Counts checks for the interop scripts."""


class Score:
    """Passed and failed checks; the first failures are printed as they come."""

    PRINTED = 40

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, ok, what):
        """Counts one check; `what` names it."""
        if ok:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= self.PRINTED:
            print(f"FAILED: {what}", flush=True)

    def attempt(self, what, body):
        """Counts `body()` as one check; a reader that raises has failed it."""
        try:
            self.check(body(), what)
        except Exception as error:
            self.check(False, f"{what}: {type(error).__name__}: {str(error)[:300]}")

    def finish(self):
        """Prints the totals and returns the exit code."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0
