using System.Globalization;
using System.Text.RegularExpressions;

namespace JamBox.Bench.Boxes.Serial;

/// <summary>Which firmware a box runs, as its serial port tells.</summary>
internal enum BoxPhase
{
    /// <summary>It has not said yet.</summary>
    Unknown,

    /// <summary>Nothing that could start is in its flash.</summary>
    Empty,

    /// <summary>The provisioning firmware: phase 1.</summary>
    Provisioning,

    /// <summary>The production firmware: phase 2.</summary>
    Production,
}

/// <summary>
/// Follows the twelve steps of the provisioning firmware by what it prints: its commands to the modem, and how it ended.
/// </summary>
internal sealed partial class ProvisioningWatch
{
    /// <summary>The steps, in order, as people call them.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        "modem answers", "modem is set up", "SIM is ready", "bands", "modem restarts", "modem is back", "network",
        "old connection is closed", "access point name", "attached", "data connection", "address",
    ];

    private bool _hasRestarted;

    /// <summary>Which firmware speaks.</summary>
    public BoxPhase Phase { get; private set; }

    /// <summary>The step that it is at, 1…12; 0 before the first.</summary>
    public int Step { get; private set; }

    /// <summary>Whether it is done, well.</summary>
    public bool IsSuccess { get; private set; }

    /// <summary>Whether that was done before, so that no step was taken now.</summary>
    public bool WasDoneBefore { get; private set; }

    /// <summary>The name of the failure, such as <c>SIM_NOT_READY</c>; <c>null</c> = none.</summary>
    public string? Failure { get; private set; }

    /// <summary>What to do about it, in the firmware's words.</summary>
    public string? WhatToDo { get; private set; }

    /// <summary>What was asked last and what the modem said, of the step that failed.</summary>
    public string? LastExchange { get; private set; }

    /// <summary>What the production firmware will not be able to use.</summary>
    public string? Warning { get; private set; }

    /// <summary>The version of the firmware; <c>null</c> until it has said it.</summary>
    public string? Version { get; private set; }

    /// <summary>The signal as the modem told it, dBm; <c>null</c> = not told.</summary>
    public int? SignalDbm { get; private set; }

    /// <summary>Whether nothing more is to come.</summary>
    public bool IsOver => IsSuccess || Failure is not null;

    /// <summary>Takes a line.</summary>
    /// <param name="line">What the box said.</param>
    public void Take(string line)
    {
        if (Greeting().Match(line) is { Success: true } greeting)
        {
            Begin(greeting);
        }
        else if (line.Contains("invalid header: 0x", StringComparison.Ordinal)
            || line.Contains("nothing to run in", StringComparison.Ordinal)
            || line.Contains("No bootable app partitions", StringComparison.Ordinal))
        {
            Phase = BoxPhase.Empty;
        }
        else if (Request().Match(line) is { Success: true } request)
        {
            Step = Math.Max(Step, StepOf(request.Groups[1].Value));
        }
        else if (Signal().Match(line) is { Success: true } signal)
        {
            // 3GPP TS 27.007: 0 is -113 dBm or less, each one more is 2 dB; 99 is not known.
            int quality = int.Parse(signal.Groups[1].Value, CultureInfo.InvariantCulture);
            SignalDbm = quality is >= 0 and <= 31 ? -113 + (2 * quality) : null;
        }
        else
        {
            TakeResult(line);
        }
    }

    private void Begin(Match greeting)
    {
        Phase = greeting.Groups[1].Success ? BoxPhase.Provisioning : BoxPhase.Production;
        Version = greeting.Groups[2].Value;
        (Step, _hasRestarted, LastExchange) = (0, false, null);
    }

    private void TakeResult(string line)
    {
        if (FailedStep().Match(line) is { Success: true } failed)
        {
            Step = Math.Clamp(int.Parse(failed.Groups[1].Value, CultureInfo.InvariantCulture), 1, Steps.Count);
            LastExchange = failed.Groups[2].Value;
        }
        else if (Failed().Match(line) is { Success: true } result)
        {
            Phase = BoxPhase.Provisioning;
            Failure = result.Groups[1].Value;
            WhatToDo = result.Groups[2].Value.Replace(" Press the button to try again.", string.Empty, StringComparison.Ordinal);
        }
        else if (line.Contains("PROVISIONING SUCCESS", StringComparison.Ordinal))
        {
            Phase = BoxPhase.Provisioning;
            IsSuccess = true;
        }
        else if (line.Contains("provisioned before.", StringComparison.Ordinal))
        {
            WasDoneBefore = true;
            IsSuccess = true;
        }
        else if (line.Contains("button: trying again", StringComparison.Ordinal))
        {
            (Step, Failure, WhatToDo, _hasRestarted) = (0, null, null, false);
        }
        else if (line.IndexOf("the production firmware will not work: ", StringComparison.Ordinal) is >= 0 and int at)
        {
            Warning = line[at..];
        }
    }

    private int StepOf(string request)
    {
        switch (request)
        {
            case "AT":
                return _hasRestarted ? 6 : 1;
            case "ATE0" or "AT+CPSMS=0" or "AT+CSCLK=0":
                return 2;
            case "AT+CPIN?":
                return 3;
            case "AT+CFUN=1,1":
                _hasRestarted = true;
                return 5;
            case "AT+CEREG?":
                return 7;
            case "AT+NETCLOSE":
                return 8;
            case "AT+CGATT=1":
                return 10;
            case "AT+NETOPEN":
                return 11;
            case "AT+CGDCONT?":
                return 12;
            default:
                return request.StartsWith("AT+QCBAND=", StringComparison.Ordinal) ? 4
                    : request.StartsWith("AT+CGDCONT=", StringComparison.Ordinal) ? 9 : 0;
        }
    }

    [GeneratedRegex(@"JamBox NB (provisioning )?(\d[\w.-]*), started by", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Greeting();

    [GeneratedRegex(@"^(?:\d[\d.:]* )?> (AT\S*)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Request();

    [GeneratedRegex(@"< \+CSQ: (\d{1,2}),", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Signal();

    [GeneratedRegex(@"step (\d{1,2}) of 12 failed: (.*)$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FailedStep();

    [GeneratedRegex(@"PROVISIONING FAILED: ([A-Z_]+)\. (.*)$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Failed();
}
