"""The whole product as processes, used over HTTP as a merchant would, judged by the books."""
