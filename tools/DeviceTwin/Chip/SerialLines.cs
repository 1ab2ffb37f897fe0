using System.Text;
using System.Text.RegularExpressions;

namespace JamBox.Twin.Chip;

/// <summary>The serial port of a twin that runs in a chip: what a board prints, without the uptime that begins the twin's logs.</summary>
/// <param name="say">Told of each line.</param>
internal sealed partial class SerialLines(Action<string> say) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.ASCII;

    /// <inheritdoc/>
    public override void Write(char value) => throw new NotSupportedException("a log is written by the line");

    /// <inheritdoc/>
    public override void WriteLine(string? value) => say(Uptime().Replace(value ?? string.Empty, string.Empty));

    [GeneratedRegex(@"^\d+\.\d\d:\d\d:\d\d\.\d{3} ", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Uptime();
}
