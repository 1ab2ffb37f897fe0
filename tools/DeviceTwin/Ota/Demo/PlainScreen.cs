using System.Globalization;

namespace JamBox.Twin.Ota.Demo;

/// <summary>Lines of text: what happens, and how far it is every ten virtual minutes in which that changed.</summary>
/// <param name="write">Writes a line.</param>
internal sealed class PlainScreen(Action<string> write) : IDemoScreen
{
    private const long EveryMs = 10 * 60_000;

    private string _shown = string.Empty;
    private long _shownAtMs;

    /// <inheritdoc/>
    public void Say(long utcMs, string text) =>
        write(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.FromUnixTimeMilliseconds(utcMs):ddd HH:mm:ss}  {text}"));

    /// <inheritdoc/>
    public void Show(DemoProgress progress)
    {
        if (progress.Counts != _shown && progress.UtcMs - _shownAtMs >= EveryMs)
        {
            _shown = progress.Counts;
            _shownAtMs = progress.UtcMs;
            Say(progress.UtcMs, "  " + progress.Counts);
        }
    }
}
