using System.Globalization;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Run;

/// <summary>A loss of power in the middle of an operation on flash or key-value store.</summary>
/// <param name="After">The operation, counted from 1 since power came first, or since the loss before this one.</param>
/// <param name="Tear">What it leaves behind.</param>
internal readonly record struct PowerCut(int After, TearKind Tear)
{
    /// <summary>Reads a list of losses, such as <c>120:half,7:all</c>.</summary>
    /// <param name="text">The list.</param>
    /// <returns>The losses.</returns>
    /// <exception cref="BadInputException">It is none.</exception>
    public static PowerCut[] ParseList(string text) => [.. text.Split(',').Select(Parse)];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{After}:{Tear.ToString().ToLowerInvariant()}");

    private static PowerCut Parse(string text)
    {
        string[] words = text.Split(':');
        return words.Length == 2 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int after) && after > 0
            && Enum.TryParse(words[1], ignoreCase: true, out TearKind tear) && Enum.IsDefined(tear)
            ? new PowerCut(after, tear)
            : throw new BadInputException(
                $"'{text}' is no loss of power: an operation from 1 and nothing, half, all, wild or any, such as 120:half");
    }
}

/// <summary>
/// Takes the power of a box away: at once, or in the middle of an operation on flash or key-value store. All operations of a world are
/// numbered from 1, over all boots, so that a loss of power can be put into any of them.
/// </summary>
internal sealed class PowerSwitch
{
    private readonly Queue<PowerCut> _plan = new();
    private int _countdown;
    private int _sinceCut;

    /// <summary>Operations on flash and store so far.</summary>
    public int Operations { get; private set; }

    /// <summary>The operation in which power goes; 0 = none.</summary>
    public int CutAtOperation { get; set; }

    /// <summary>What the operation leaves behind in which power goes.</summary>
    public TearKind Tear { get; set; }

    /// <summary>Whether power is gone: whatever the box does next, it does not get there.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether a power cut in the middle of an operation is yet to come.</summary>
    public bool IsArmed => _countdown > 0;

    /// <summary>Whether the firmware hangs: its next sleep does not end.</summary>
    public bool IsHanging { get; set; }

    /// <summary>How long the next loss of power lasts, ms.</summary>
    public int OutageMs { get; set; } = 1_000;

    /// <summary>Whether the modem has power of its own, so that the next loss does not concern it.</summary>
    public bool SparesModem { get; set; }

    /// <summary>Told when power goes in the middle of an operation.</summary>
    public Action? CutInOperation { get; set; }

    /// <summary>Takes the power away now.</summary>
    public void Cut() => IsCut = true;

    /// <summary>Takes the power away in the middle of an operation to come.</summary>
    /// <param name="operations">1 = the next one.</param>
    public void CutIn(int operations) => _countdown = operations;

    /// <summary>Takes the power away in the middle of several operations.</summary>
    /// <param name="cuts">Each counts from the one before it, over all boots.</param>
    public void Plan(IEnumerable<PowerCut> cuts)
    {
        _sinceCut = 0;
        _plan.Clear();
        foreach (PowerCut cut in cuts)
        {
            _plan.Enqueue(cut);
        }
    }

    /// <summary>An operation begins.</summary>
    /// <returns>Whether power goes in the middle of it: it is then to be left half done, and <see cref="Die"/> to be thrown.</returns>
    public bool BeginsOperation()
    {
        Operations++;
        bool isCut = Operations == CutAtOperation || (_countdown > 0 && --_countdown == 0) || IsPlanned();
        if (isCut)
        {
            CutInOperation?.Invoke();
        }

        return isCut;
    }

    private bool IsPlanned()
    {
        _sinceCut++;
        if (_plan.Count == 0 || _plan.Peek().After != _sinceCut)
        {
            return false;
        }

        Tear = _plan.Dequeue().Tear;
        _sinceCut = 0;
        return true;
    }

    /// <summary>What is thrown when power goes.</summary>
    /// <param name="detail">Where.</param>
    public static BoxDiedException Die(string detail) => new(BoxDiedException.Power, detail);

    /// <summary>Power is back.</summary>
    public void Restore()
    {
        IsCut = false;
        IsHanging = false;
        _countdown = 0;
    }
}

/// <summary>
/// The box stops here: its power is gone, its watchdog bit, or it restarts itself. Thrown by the ports, through the firmware, which
/// catches nothing, to whoever runs the box and boots it again.
/// </summary>
/// <param name="reason">The word that the next boot finds as its reset reason.</param>
/// <param name="detail">What happened, for people.</param>
internal sealed class BoxDiedException(string reason, string detail) : Exception(detail)
{
    /// <summary>The power was gone.</summary>
    public const string Power = "power";

    /// <summary>The watchdog bit.</summary>
    public const string Watchdog = "watchdog";

    /// <summary>The word that the next boot finds.</summary>
    public string Reason => reason;
}
