using System.Text;

namespace JamBox.Backend.Wire;

/// <summary>
/// Decodes the value of Content-Length, which is digits and nothing else. Kestrel's own reading takes <c>+411</c> too; a proxy that does
/// not would see the end of a request somewhere else. What is no digit becomes a character that no number has, and Kestrel refuses.
/// </summary>
internal sealed class DigitsEncoding : Encoding
{
    /// <summary>The only one.</summary>
    public static readonly DigitsEncoding Instance = new();

    private DigitsEncoding()
    {
    }

    /// <inheritdoc/>
    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            chars[i] = bytes[i] is >= (byte)'0' and <= (byte)'9' ? (char)bytes[i] : '?';
        }

        return bytes.Length;
    }

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => byteCount;

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count) => count;

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public override int GetMaxByteCount(int charCount) => charCount;
}
