from immich_backup_exporter.web.sparkline import sparkline


def test_the_ground_is_zero_and_the_top_the_largest_value():
    assert sparkline((50.0, 100.0, 0.0), "sizes") == (
        '<svg viewBox="0 0 120 30" role="img" aria-label="sizes">'
        '<polyline points="3.0,15.0 60.0,3.0 117.0,27.0"/><circle cx="117.0" cy="27.0" r="2.6"/></svg>'
    )


def test_values_that_are_all_nothing_lie_on_the_ground():
    assert 'points="3.0,27.0 117.0,27.0"' in sparkline((0.0, 0.0), "sizes")


def test_one_value_is_a_dot():
    assert 'points="3.0,3.0"' in sparkline((7.0,), "sizes")


def test_no_value_is_no_picture():
    assert sparkline((), "sizes") == ""


def test_the_caption_is_escaped():
    assert 'aria-label="&lt;a&gt;&quot;"' in sparkline((1.0,), '<a>"')
