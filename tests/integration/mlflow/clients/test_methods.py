"""Every public method of MlflowClient does something that is known."""
import methods


def test_every_public_method(uri):
    found = methods.run(uri)
    assert set(methods.public()) <= set(found), "a method that methods.py does not call"
    failed = {name: said for name, (state, said) in found.items() if state == methods.FAILS}
    assert not failed, "\n".join(f"{name}: {said}" for name, said in failed.items())
    gone = {name: said for name, (state, said) in found.items()
            if state == methods.ABSENT and not any(word in name for word in methods.FAMILIES)}
    assert not gone, "\n".join(f"{name}: {said}" for name, said in gone.items())
