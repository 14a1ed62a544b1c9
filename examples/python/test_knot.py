"""Run with: KNOT_BASE_URL=http://127.0.0.1:5668 python3 -m unittest"""

import json
import os
import unittest
import urllib.request

from knot import Client, KnotError

BASE_URL = os.environ.get("KNOT_BASE_URL")


def control(path, body=""):
    """Calls the control API of the sandbox."""
    with urllib.request.urlopen(BASE_URL + "/__sandbox" + path, body.encode()) as answer:
        return json.load(answer)


def new_client(fault=None, **settings):
    """Mints a client for one test, and arms a fault for it."""
    pair = control("/clients", json.dumps(settings))
    if fault:
        control("/faults", f"client={pair['client_id']} {fault}")
    return Client(BASE_URL, pair["client_id"], pair["secret"], wait=0.005)


@unittest.skipUnless(BASE_URL, "KNOT_BASE_URL names no sandbox")
class CreateSession(unittest.TestCase):
    def test_good(self):
        self.assertRegex(new_client().create_session("link", "u"), r"^[0-9a-f-]{36}$")

    def test_invalid_is_not_tried_again(self):
        with self.assertRaises(KnotError) as caught:
            new_client().create_session("nonsense", "u")
        self.assertEqual((caught.exception.status, caught.exception.code), (400, "PRODUCT_NOT_VALID"))

    def test_two_failures_are_overcome(self):
        self.assertTrue(new_client("InternalServerError times=2").create_session("link", "u"))

    def test_disabled_product(self):
        with self.assertRaises(KnotError) as caught:
            new_client(products=["transaction_link"]).create_session("link", "u")
        self.assertEqual((caught.exception.status, caught.exception.code), (403, "NO_ACCESS"))


if __name__ == "__main__":
    unittest.main()
