namespace JamBox.Twin.Faults;

/// <summary>All kinds of faults: their names in files and summaries, and how often each happens in a profile that has it.</summary>
internal static class FaultTable
{
    /// <summary>The most a rate may be: one a minute.</summary>
    public const double MostADay = 1_440;

    private static readonly Row[] s_rows =
    [
        new(FaultKind.NetworkLost, "network.lost", 6, "registration is lost, for 5 s to 20 min"),
        new(FaultKind.NetworkClosed, "network.closed", 6, "NETWORK CLOSED UNEXPECTEDLY"),
        new(FaultKind.NetworkSlow, "network.slow", 3, "connections and answers take 25 s longer, for 2 to 30 min"),
        new(FaultKind.RequestLost, "network.request_lost", 4, "a request never arrives"),
        new(FaultKind.ResponseLost, "network.response_lost", 8, "the backend acts, its answer never arrives"),
        new(FaultKind.ModemRestart, "modem.restart", 3, "the modem restarts by itself"),
        new(FaultKind.ModemRestartInSend, "modem.restart_in_send", 3, "the modem restarts in the middle of a payload"),
        new(FaultKind.ModemRestartInReceive, "modem.restart_in_receive", 3, "the modem restarts in the middle of an answer"),
        new(FaultKind.ModemMissedPrompt, "modem.missed_prompt", 5, "one to five prompts do not come"),
        new(FaultKind.ModemShortWrite, "modem.short_write", 8, "a send confirms less than was offered"),
        new(FaultKind.ModemSilent, "modem.silent", 3, "the modem neither hears nor speaks, for 5 s to 15 min"),
        new(FaultKind.ModemDead, "modem.dead", 1, "the same until it is reset (15 min where there is no reset line)"),
        new(FaultKind.ModemGarbage, "modem.garbage", 4, "10 KB of random bytes from the modem"),
        new(FaultKind.ModemOpenFails, "modem.open_fails", 6, "one to three connections fail"),
        new(FaultKind.ModemSendFails, "modem.send_fails", 6, "a send fails with +CIPERROR"),
        new(FaultKind.ModemCommandFails, "modem.command_fails", 6, "one to four commands are answered ERROR"),
        new(
            FaultKind.ModemDialect, "modem.dialect", 1,
            "the modem changes its manners: receive dialect, prompts, reports, echo, split reads"),
        new(
            FaultKind.ModemSleeps, "modem.psm", 1,
            "the modem sleeps after 2 to 5 s without a word and is deaf for 15 to 17 s when woken, for 1 to 12 h; one in two obeys when told not to"),
        new(FaultKind.ModemSlowOpen, "modem.slow_open", 2, "connections take 31 to 65 s, for 10 min to 3 h"),
        new(FaultKind.ModemNoBlank, "modem.no_blank", 1, "no blank behind a colon, for 1 to 12 h"),
        new(
            FaultKind.ModemReportsNothing, "modem.reports_nothing", 6,
            "at one to three connections received bytes are reported and never given"),
        new(FaultKind.BackendDown, "backend.down", 3, "connections are refused, for 1 to 60 min, one time in ten for 2 to 10 h"),
        new(FaultKind.BackendSlow, "backend.slow", 3, "answers take 5 to 40 s longer, for 2 to 20 min"),
        new(FaultKind.Answer400, "backend.400", 2, "an answer 400"),
        new(FaultKind.Answer401, "backend.401", 2, "one to three answers 401"),
        new(FaultKind.Answer403, "backend.403", 1, "one to three answers 403"),
        new(FaultKind.Answer409, "backend.409", 1, "an answer 409"),
        new(FaultKind.Answer413, "backend.413", 1, "an answer 413"),
        new(FaultKind.Answer429, "backend.429", 3, "one to three answers 429 with Retry-After"),
        new(FaultKind.Answer500, "backend.500", 4, "one to six answers 500, 502 or 503"),
        new(FaultKind.AnswerBroken, "backend.broken", 3, "an answer that is no HTTP, cut off, or of 6 KB"),
        new(FaultKind.PowerLost, "power.lost", 4, "power goes, for 0.1 s to 20 min"),
        new(FaultKind.PowerLostInFlash, "power.lost_in_flash", 4, "power goes in the middle of an operation on flash or store"),
        new(FaultKind.BoxHangs, "power.hang", 0.3, "the firmware hangs until the watchdog bites"),
        new(FaultKind.HeapFull, "power.heap", 4, "the heap has no large block any more, or few of them, until the next boot"),
        new(
            FaultKind.FlashWriteIgnored, "flash.write_ignored", 1,
            "a sector of flash takes no more writes, and reports success all the same"),
        new(FaultKind.FlashEraseIgnored, "flash.erase_ignored", 1, "a sector of flash is no more erased, and reports success all the same"),
        new(FaultKind.FlashReadFails, "flash.read_fails", 1, "a sector of flash can no longer be read"),
        new(FaultKind.ClockStep, "clock.step", 3, "the backend's clock jumps, by 2 s to 3 h, for 10 min to 3 h"),
        new(FaultKind.FloodOfProbes, "flood.probes", 0.5, "2,000 probe requests a second of new addresses, for 5 to 40 s"),
        new(FaultKind.FloodOfDevices, "flood.devices", 0.7, "1,500 to 3,000 devices at once, for 1 to 3 min"),
        new(FaultKind.FloodOfAdverts, "flood.adverts", 0.7, "300 to 1,200 Bluetooth devices at once, for 1 to 3 min"),
        new(
            FaultKind.WifiDeaf, "radio.wifi_deaf", 1,
            "Wi-Fi hears nothing until it is restarted, one time in three until the box reboots, or refuses to listen"),
        new(
            FaultKind.BleDeaf, "radio.ble_deaf", 1,
            "Bluetooth hears nothing until it is restarted, one time in three until the box reboots, or has no room"),
        new(FaultKind.Button, "operator.button", 3, "a press of the button"),
        new(FaultKind.Command, "operator.command", 8, "a command is queued"),
        new(FaultKind.Configuration, "operator.config", 3, "the configuration is changed"),
        new(
            FaultKind.LineForged, "line.forged", 12,
            "somebody on the line forges, plays back or strips one to three answers to a box that checks them"),
        new(FaultKind.ResponseCut, "network.answer_cut", 8, "the backend acts, its answer ends in the middle, the connection with it"),
    ];

    // What each named profile takes, by the first part of the names above.
    private static readonly (string Name, string[] Groups, string Description)[] s_profiles =
    [
        ("none", [], "nothing goes wrong"),
        ("network", ["network"], "the radio network comes, goes and loses things"),
        ("modem", ["modem"], "the modem misbehaves in every way of docs/modem.md"),
        ("backend", ["backend"], "the backend is down, slow, or refuses"),
        ("power", ["power"], "power goes, also in the middle of flash operations; the firmware hangs; the heap is full"),
        ("flash", ["flash"], "sectors of flash go bad for good: of the reading log, the patch store, the new image and the previous one"),
        ("clock", ["clock"], "the backend's clock jumps"),
        ("flood", ["flood"], "more on air than the tables hold"),
        ("radio", ["radio"], "Wi-Fi and Bluetooth go deaf"),
        ("operator", ["operator"], "button, commands, configuration"),
        ("line", ["line"], "somebody on the line reads everything and changes what he likes"),
        ("all", ["network", "modem", "backend", "power", "flash", "clock", "flood", "radio", "operator", "line"], "all of that"),
    ];

    /// <summary>How many kinds there are.</summary>
    public static int Count => s_rows.Length;

    /// <summary>The named profiles, for the help.</summary>
    public static IEnumerable<string> ProfileNames => s_profiles.Select(profile => profile.Name);

    /// <summary>Name of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>As in files.</returns>
    public static string NameOf(FaultKind kind) => s_rows[(int)kind].Name;

    /// <summary>Looks a name up.</summary>
    /// <param name="name">As in files.</param>
    /// <returns>The kind; <c>null</c> when there is none of that name.</returns>
    public static FaultKind? Find(string name) => Array.Find(s_rows, row => row.Name == name)?.Kind;

    /// <summary>Makes a named profile.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The profile; <c>null</c> when there is none of that name.</returns>
    public static FaultProfile? Named(string name)
    {
        int index = Array.FindIndex(s_profiles, profile => profile.Name == name);
        return index < 0
            ? null
            : new FaultProfile(name, [.. s_rows.Select(row => s_profiles[index].Groups.Contains(GroupOf(row)) ? row.UsualADay : 0)]);
    }

    /// <summary>Explains profiles and keys, one line each.</summary>
    /// <returns>The lines.</returns>
    public static IEnumerable<string> Explain()
    {
        return s_profiles.Select(profile => $"{profile.Name,-24} {profile.Description}")
            .Concat(s_rows.Select(row => FormattableString.Invariant($"{row.Name,-24} {row.UsualADay,4}  {row.Description}")));
    }

    private static string GroupOf(Row row) => row.Name[..row.Name.IndexOf('.')];

    private sealed record Row(FaultKind Kind, string Name, double UsualADay, string Description);
}

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

    /// <summary>Somebody on the line changes answers.</summary>
    LineForged,

    /// <summary>An answer ends in the middle.</summary>
    ResponseCut,
}
