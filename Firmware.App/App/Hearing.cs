namespace JamBox.App;

/// <summary>
/// What <see cref="RadioWatch"/> knows of one half of the radio: how long it has been silent although the other half was not.
/// </summary>
internal sealed class Hearing
{
    /// <summary>Nothing is to be done.</summary>
    public const int Nothing = 0;

    /// <summary>The half is to be restarted.</summary>
    public const int Restart = 1;

    /// <summary>The box is to be rebooted.</summary>
    public const int Reboot = 2;

    // "Where it used to": in so many cycles of this boot it has heard something.
    private const int UsedCycles = 10;

    // A run that ends so soon after a restart was ended by it, and says nothing about how long silences are here.
    private const int CuredCycles = 4;

    // The longest first run, cycles of 30 s: 6 h, so that a long silence that was natural does not make the box blind to deafness.
    private const int MostFirstRun = 720;

    // The running mean of what the other half hears is kept times 16.
    private const int MeanShift = 4;

    private readonly int _firstRun;
    private readonly int _rebootRun;
    private int _heardCycles;
    private int _otherMean;
    private int _longestRun;
    private int _nextStep;
    private int _sinceRestart;

    /// <param name="firstRun">Silent cycles after which the half is restarted at the earliest; at 2 and 4 times as many again.</param>
    /// <param name="rebootRun">Silent cycles after which the box is rebooted at the earliest, and not before 8 times the first run.</param>
    public Hearing(int firstRun, int rebootRun)
    {
        _firstRun = firstRun;
        _rebootRun = rebootRun;
    }

    /// <summary>Gets the silent cycles so far, those only in which the other half heard enough.</summary>
    public int Run { get; private set; }

    /// <summary>
    /// Gets a value indicating whether it has heard something in enough cycles of this boot for its silence to mean something.
    /// </summary>
    public bool IsUsed => _heardCycles >= UsedCycles;

    /// <summary>Learns what the other half hears in a cycle in which both hear something.</summary>
    /// <param name="records">Records of the other half in that cycle.</param>
    public void LearnOther(int records)
    {
        _otherMean += records - (_otherMean >> MeanShift);
    }

    /// <summary>Judges a cycle in which it listened.</summary>
    /// <param name="own">Records that it heard.</param>
    /// <param name="other">Records that the other half heard.</param>
    /// <param name="backOff">How often the patience before a reboot is doubled, 0 or more.</param>
    /// <returns>What is to be done: <see cref="Nothing"/>, <see cref="Restart"/> or <see cref="Reboot"/>.</returns>
    public int Judge(int own, int other, int backOff)
    {
        _sinceRestart++;
        if (own > 0)
        {
            EndRun();
            _heardCycles++;
            return Nothing;
        }

        // At least half of the mean: 2 × other × 16 against 16 × mean.
        if (!IsUsed || other == 0 || other << (MeanShift + 1) < _otherMean)
        {
            return Nothing;
        }

        Run++;
        int first = FirstRun();
        int reboot = first * 8 > _rebootRun ? first * 8 : _rebootRun;
        if (Run >= reboot << backOff)
        {
            return Reboot;
        }

        _nextStep = _nextStep == 0 ? first : _nextStep;
        if (Run < _nextStep || _nextStep > first * 4)
        {
            return Nothing;
        }

        _nextStep *= 2;
        _sinceRestart = 0;
        return Restart;
    }

    private int FirstRun()
    {
        int run = 2 * _longestRun;
        run = run < _firstRun ? _firstRun : run;
        return run > MostFirstRun ? MostFirstRun : run;
    }

    private void EndRun()
    {
        bool isCured = _nextStep != 0 && _sinceRestart <= CuredCycles;
        if (!isCured && Run > _longestRun)
        {
            _longestRun = Run;
        }

        Run = 0;
        _nextStep = 0;
    }
}
