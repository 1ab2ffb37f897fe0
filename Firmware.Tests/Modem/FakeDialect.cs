namespace JamBox.Tests.Modem;

/// <summary>How <see cref="FakeModem"/> hands over what it receives.</summary>
internal enum FakeDialect
{
    /// <summary>Kept until fetched (AT+CIPRXGET=1).</summary>
    Buffered,

    /// <summary>Pushed: RECV FROM and +IPD.</summary>
    Ipd,

    /// <summary>Pushed: +RECEIVE.</summary>
    Receive,
}
