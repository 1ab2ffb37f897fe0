namespace JamBox.Twin.Ota.Demo;

/// <summary>Where people see the demonstration go on.</summary>
internal interface IDemoScreen
{
    /// <summary>Something has happened.</summary>
    /// <param name="utcMs">When, virtual UTC.</param>
    /// <param name="text">What.</param>
    void Say(long utcMs, string text);

    /// <summary>How far the roll-out is; called every virtual minute.</summary>
    /// <param name="progress">How far.</param>
    void Show(DemoProgress progress);
}
