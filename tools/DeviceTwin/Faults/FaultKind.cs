namespace JamBox.Twin.Faults;

/// <summary>What can go wrong; described in <see cref="FaultTable"/>.</summary>
internal enum FaultKind
{
    /// <summary>Registration is lost for a while.</summary>
    NetworkLost,

    /// <summary>The data network closes.</summary>
    NetworkClosed,

    /// <summary>For a while everything takes 25 s longer.</summary>
    NetworkSlow,

    /// <summary>A request is lost on the way up.</summary>
    RequestLost,

    /// <summary>An answer is lost on the way down.</summary>
    ResponseLost,

    /// <summary>The modem restarts by itself.</summary>
    ModemRestart,

    /// <summary>The modem restarts while it takes a payload.</summary>
    ModemRestartInSend,

    /// <summary>The modem restarts while it hands over what it received.</summary>
    ModemRestartInReceive,

    /// <summary>A prompt does not come.</summary>
    ModemMissedPrompt,

    /// <summary>A send confirms less than was offered.</summary>
    ModemShortWrite,

    /// <summary>The modem is silent for a while.</summary>
    ModemSilent,

    /// <summary>The modem is silent until it is reset.</summary>
    ModemDead,

    /// <summary>10 KB of random bytes.</summary>
    ModemGarbage,

    /// <summary>A connection fails.</summary>
    ModemOpenFails,

    /// <summary>A send fails.</summary>
    ModemSendFails,

    /// <summary>A command is answered with an error.</summary>
    ModemCommandFails,

    /// <summary>The modem speaks another dialect.</summary>
    ModemDialect,

    /// <summary>The modem sleeps between two sessions.</summary>
    ModemSleeps,

    /// <summary>Connections take long for a while.</summary>
    ModemSlowOpen,

    /// <summary>No blank follows a colon for a while.</summary>
    ModemNoBlank,

    /// <summary>Received bytes are reported and never given.</summary>
    ModemReportsNothing,

    /// <summary>The backend refuses connections for a while.</summary>
    BackendDown,

    /// <summary>The backend takes long for a while.</summary>
    BackendSlow,

    /// <summary>An answer 400.</summary>
    Answer400,

    /// <summary>An answer 401.</summary>
    Answer401,

    /// <summary>An answer 403.</summary>
    Answer403,

    /// <summary>An answer 409.</summary>
    Answer409,

    /// <summary>An answer 413.</summary>
    Answer413,

    /// <summary>An answer 429 with Retry-After.</summary>
    Answer429,

    /// <summary>An answer 500, 502 or 503.</summary>
    Answer500,

    /// <summary>An answer that is no answer.</summary>
    AnswerBroken,

    /// <summary>Power goes at any time.</summary>
    PowerLost,

    /// <summary>Power goes in the middle of an operation on flash or store.</summary>
    PowerLostInFlash,

    /// <summary>The firmware hangs until the watchdog bites.</summary>
    BoxHangs,

    /// <summary>The heap has no room for a large block until the next boot.</summary>
    HeapFull,

    /// <summary>A sector of flash takes no more writes and reports none of it.</summary>
    FlashWriteIgnored,

    /// <summary>A sector of flash is no more erased and reports none of it.</summary>
    FlashEraseIgnored,

    /// <summary>A sector of flash can no longer be read.</summary>
    FlashReadFails,

    /// <summary>The backend's clock jumps.</summary>
    ClockStep,

    /// <summary>2,000 probe requests a second, each of a new address.</summary>
    FloodOfProbes,

    /// <summary>More devices than the tables hold.</summary>
    FloodOfDevices,

    /// <summary>More Bluetooth devices than the table holds.</summary>
    FloodOfAdverts,

    /// <summary>Wi-Fi hears nothing, or refuses to listen, until it is restarted.</summary>
    WifiDeaf,

    /// <summary>Bluetooth hears nothing, or refuses to listen, until it is restarted.</summary>
    BleDeaf,

    /// <summary>Somebody presses the button.</summary>
    Button,

    /// <summary>An operator queues a command.</summary>
    Command,

    /// <summary>An operator changes the configuration.</summary>
    Configuration,
}
