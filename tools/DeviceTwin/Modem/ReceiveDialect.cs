namespace JamBox.Twin.Modem;

/// <summary>How received bytes come to the box.</summary>
internal enum ReceiveDialect
{
    /// <summary>They wait for <c>AT+CIPRXGET=2</c> once <c>AT+CIPRXGET=1</c> was given; until then they are pushed as <c>+RECEIVE</c>.</summary>
    Buffered,

    /// <summary>Pushed: <c>RECV FROM:</c> and <c>+IPD</c>; <c>AT+CIPRXGET</c> is an error.</summary>
    RecvFrom,

    /// <summary>Pushed: <c>+RECEIVE,link,length</c>; <c>AT+CIPRXGET</c> is an error.</summary>
    Receive,

    /// <summary>The same with a colon behind the length.</summary>
    ReceiveColon,
}
