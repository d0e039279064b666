"""On what a customer visits the shop. A visit has the device of the event that begins it."""

from features.column import Column
from features.customer import Customer
from features.families.fields import where_known
from features.families.kinds import ON_SITE
from features.feature import feature
from pipeline.windows.requests import Window

NO_VISIT = "without a visit in the window whose device is known"


@feature("share", "device", windows=(365,), values="device", null=NO_VISIT)
def visit_device_share(customer: Customer, device: str, window: Window) -> Column:
    """Share of the visits in the window, of those whose device is known, on the value."""
    visits = customer.events(*ON_SITE).visits()
    known = visits.with_known("device").count(window)
    return visits.told_apart("device", device, customer.vocabulary).count(window) / known


@where_known("device")
@feature("index", "device", windows=(365,), null=NO_VISIT)
def visit_device_concentration(customer: Customer, window: Window) -> Column:
    """Sum of the squared shares that each kind of device has in the visits of the window; 1 for a single one."""
    return customer.events(*ON_SITE).visits().concentration("device", window)


@where_known("device")
@feature("devices", "device", windows=(90, 365))
def devices_used(customer: Customer, window: Window) -> Column:
    """Different kinds of devices on which the shop's pages were used in the window."""
    return customer.events(*ON_SITE).distinct("device", window)


@feature("flag", "device", values="device", null="while no device is known")
def last_device(customer: Customer, device: str) -> Column:
    """1 when the last event on the shop's pages whose device is known was on the value, else 0."""
    last = customer.events(*ON_SITE).with_known("device").latest(1)
    return last.told_apart("device", device, customer.vocabulary).count() / last.count()


FEATURES = (visit_device_share, visit_device_concentration, devices_used, last_device)
