"""Tests of gateways: one contract, over HTTP and in this process."""
