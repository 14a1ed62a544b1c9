"""A small client of the Knot API, with the standard library alone."""

import base64
import json
import random
import time
import urllib.error
import urllib.request

MAX_ATTEMPTS = 4


class KnotError(Exception):
    """An answer of the API other than success."""

    def __init__(self, status, body):
        self.status = status
        try:
            self.code = json.loads(body).get("error_code")
        except ValueError:  # a page of a proxy
            self.code = None
        super().__init__(f"{status} {self.code}")


class Client:
    def __init__(self, base_url, client_id, secret, wait=0.2):
        self.base_url = base_url
        self.wait = wait  # seconds after the first failure, about; then twice as long, and so on
        pair = f"{client_id}:{secret}".encode()
        self.headers = {
            "Authorization": "Basic " + base64.b64encode(pair).decode(),
            "Content-Type": "application/json",
        }

    def create_session(self, product, user_id):
        """Creates a session and returns its id."""
        body = json.dumps({"type": product, "external_user_id": user_id}).encode()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                request = urllib.request.Request(self.base_url + "/session/create", body, self.headers)
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return json.load(answer)["session"]
            except urllib.error.HTTPError as error:
                with error:
                    failure = KnotError(error.code, error.read())
                if error.code != 429 and error.code < 500:
                    raise failure from None
                asked = float(error.headers.get("Retry-After", 0))
            except (OSError, ValueError) as error:  # the connection, or broken JSON
                failure, asked = error, 0
            if attempt == MAX_ATTEMPTS:
                raise failure
            time.sleep(max(asked, self.wait * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)))
