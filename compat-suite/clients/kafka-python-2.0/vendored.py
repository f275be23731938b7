"""What these versions carry of `six` can not be imported by Python 3.12 and later: give them today's."""

import sys

import six

sys.modules["kafka.vendor.six"] = six
sys.modules["kafka.vendor.six.moves"] = six.moves
