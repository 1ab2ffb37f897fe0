using System.Text;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>What came over the socket, byte for byte.</summary>
public sealed class RawAnswer(byte[] bytes)
{
    public string Text { get; } = Encoding.UTF8.GetString(bytes);

    public int Length => bytes.Length;

    public int Status => Text.Length > 12 ? int.Parse(Text.AsSpan(9, 3)) : 0;

    public string Head => Text[..Text.IndexOf("\r\n\r\n", StringComparison.Ordinal)];

    public string Body => Text[(Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
}
