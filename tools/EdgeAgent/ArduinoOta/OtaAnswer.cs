using System.Text;

namespace JamBox.Edge.ArduinoOta;

/// <summary>What a module says over UDP.</summary>
public enum OtaAnswerKind
{
    /// <summary>It will connect.</summary>
    Ok,

    /// <summary>It asks for the password.</summary>
    Challenge,

    /// <summary>It refuses, or says what nobody knows.</summary>
    Other,
}

/// <summary>One datagram of a module, read.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The nonce, or what was said, made printable; at most 80 characters.</param>
/// <param name="Scheme">How the password is to be proved, with a challenge.</param>
public readonly record struct OtaAnswer(OtaAnswerKind Kind, string Text, OtaScheme Scheme)
{
    /// <summary>The longest datagram that is looked at, bytes.</summary>
    public const int MaxBytes = 256;

    private const int MaxShown = 80;
    private const string ChallengeWord = "AUTH ";

    /// <summary>Reads a datagram, however strange: what is no answer comes back as <see cref="OtaAnswerKind.Other"/>.</summary>
    /// <param name="datagram">Its bytes.</param>
    public static OtaAnswer Parse(ReadOnlySpan<byte> datagram)
    {
        string text = Printable(datagram[..Math.Min(datagram.Length, MaxBytes)]);
        if (text == "OK")
        {
            return new OtaAnswer(OtaAnswerKind.Ok, text, default);
        }

        if (text.StartsWith(ChallengeWord, StringComparison.Ordinal))
        {
            string nonce = text[ChallengeWord.Length..].Trim();
            bool isHex = nonce.All(char.IsAsciiHexDigit);
            if (isHex && nonce.Length == OtaAuthentication.Md5Chars)
            {
                return new OtaAnswer(OtaAnswerKind.Challenge, nonce, OtaScheme.Md5);
            }

            if (isHex && nonce.Length == OtaAuthentication.Sha256Chars)
            {
                return new OtaAnswer(OtaAnswerKind.Challenge, nonce, OtaScheme.Sha256);
            }
        }

        return new OtaAnswer(OtaAnswerKind.Other, text.Length <= MaxShown ? text : text[..MaxShown], default);
    }

    /// <summary>Bytes of a stranger as text that may stand in a report: ASCII, the rest as question marks, no line ends.</summary>
    internal static string Printable(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        foreach (byte value in bytes)
        {
            text.Append(value is >= 0x20 and < 0x7F ? (char)value : value is (byte)'\r' or (byte)'\n' or (byte)'\t' or 0 ? ' ' : '?');
        }

        return text.ToString().Trim();
    }
}
