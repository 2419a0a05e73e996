"""An uncaught error with its cause: both are in the traceback."""

accounts = {"a": 1}


def balance(name):
    try:
        return accounts[name]
    except KeyError as error:
        raise RuntimeError("the books do not add up") from error


print(balance("a"), flush=True)
balance("b")
