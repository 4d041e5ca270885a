from immich_backup_exporter.poller.jobs.heartbeats import PUSH, SPOOL, Heartbeats

RUN = ("nightly", "1" * 32)


def test_a_run_is_silent_after_five_minutes_without_a_sign() -> None:
    heartbeats = Heartbeats()
    heartbeats.heard(RUN, SPOOL, 7, 1000.0)
    assert not heartbeats.silent(RUN, 1300.0, 30.0)
    assert heartbeats.silent(RUN, 1300.1, 30.0)


def test_every_new_sign_gives_five_minutes_more_and_an_old_one_does_not() -> None:
    heartbeats = Heartbeats()
    heartbeats.heard(RUN, SPOOL, 7, 1000.0)
    assert heartbeats.heard(RUN, SPOOL, 8, 1200.0)
    assert not heartbeats.heard(RUN, SPOOL, 8, 1400.0)
    assert not heartbeats.silent(RUN, 1500.0, 30.0)
    assert heartbeats.silent(RUN, 1501.0, 30.0)


def test_the_spool_and_pushed_beats_both_count() -> None:
    heartbeats = Heartbeats()
    heartbeats.heard(RUN, SPOOL, 7, 1000.0)
    assert heartbeats.heard(RUN, PUSH, 1, 1200.0)
    assert not heartbeats.heard(RUN, SPOOL, 7, 1210.0)
    assert not heartbeats.silent(RUN, 1500.0, 30.0)


def test_what_shows_at_the_first_look_is_no_sign_that_it_lives() -> None:
    assert not Heartbeats().heard(RUN, SPOOL, 123456789, 1000.0)


def test_a_run_that_beats_rarely_has_five_beats_time() -> None:
    heartbeats = Heartbeats()
    heartbeats.expect(RUN, 1000.0)
    assert not heartbeats.silent(RUN, 1500.0, 100.0)
    assert heartbeats.silent(RUN, 1501.0, 100.0)


def test_a_run_that_promised_no_beats_is_never_silent() -> None:
    heartbeats = Heartbeats()
    heartbeats.expect(RUN, 0.0)
    assert not heartbeats.silent(RUN, 1e9, None)


def test_nobody_is_silent_while_the_spool_cannot_be_read() -> None:
    heartbeats = Heartbeats()
    heartbeats.heard(RUN, SPOOL, 7, 1000.0)
    for moment in range(1000, 2001, 5):
        heartbeats.listening(float(moment), could=False)
    assert not heartbeats.silent(RUN, 2300.0, 30.0)
    assert heartbeats.silent(RUN, 2301.0, 30.0)


def test_nobody_is_silent_while_the_agent_itself_stood_still() -> None:
    heartbeats = Heartbeats()
    heartbeats.heard(RUN, SPOOL, 7, 1000.0)
    heartbeats.listening(1000.0, could=True)
    heartbeats.listening(5000.0, could=True)
    assert not heartbeats.silent(RUN, 5000.0, 30.0)


def test_silence_adds_up_over_looks_that_found_nothing() -> None:
    heartbeats = Heartbeats()
    heartbeats.heard(RUN, SPOOL, 7, 1000.0)
    for moment in range(1000, 1301, 5):
        heartbeats.listening(float(moment), could=True)
    assert heartbeats.silent(RUN, 1301.0, 30.0)


def test_runs_that_have_ended_are_forgotten() -> None:
    heartbeats = Heartbeats()
    heartbeats.heard(RUN, SPOOL, 7, 1000.0)
    heartbeats.forget_all_but(set())
    assert not heartbeats.heard(RUN, SPOOL, 8, 2000.0)
