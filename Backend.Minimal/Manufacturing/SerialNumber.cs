using System.Globalization;
using System.Text.RegularExpressions;

using JamBox.Backend.Security;

namespace JamBox.Backend.Manufacturing;

/// <summary>
/// Serial numbers <c>PP-YYMDD-BBTTR-XXXXX</c>: prefix, year, month as a letter (A = January), day, board, its revision, <c>R</c>, and five
/// random characters. <c>JB-26A18-NB02R-X7KQA</c> was made on 18 January 2026.
/// </summary>
internal static partial class SerialNumber
{
    /// <summary>Characters of one.</summary>
    public const int Length = 20;

    /// <summary>What a board is called, as a regular expression.</summary>
    public const string BoardPattern = "^[A-Z]{2}$";

    /// <summary>What a revision is called, as a regular expression.</summary>
    public const string RevisionPattern = "^[0-9]{2}$";

    /// <summary>32 characters that are not mistaken for each other: five bits each.</summary>
    public const string Alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary>All of one but its random characters, as a regular expression.</summary>
    public const string HeadPattern = "[A-Z]{2}-[0-9]{2}[A-L][0-9]{2}-[A-Z]{2}[0-9]{2}R-";

    private const int RandomChars = 5;

    /// <summary>Draws a serial number. It may be there already: the storage says so.</summary>
    /// <param name="prefix">Two capital letters.</param>
    /// <param name="day">The day, UTC.</param>
    /// <param name="board">The board, two capital letters.</param>
    /// <param name="revision">Its revision, two digits.</param>
    /// <param name="secrets">The random bytes.</param>
    public static string Draw(string prefix, DateTimeOffset day, string board, string revision, ISecretSource secrets)
    {
        Span<byte> bytes = stackalloc byte[RandomChars];
        secrets.Fill(bytes);
        Span<char> drawn = stackalloc char[RandomChars];
        for (int i = 0; i < RandomChars; i++)
        {
            // 256 is a multiple of 32: every character is as likely as any other.
            drawn[i] = Alphabet[bytes[i] % Alphabet.Length];
        }

        DateTime date = day.UtcDateTime;
        return string.Create(
            CultureInfo.InvariantCulture, $"{prefix}-{date:yy}{(char)('A' + date.Month - 1)}{date:dd}-{board}{revision}R-{drawn}");
    }

    /// <summary>Whether a text has the form of a serial number, of any prefix, with a day that there is.</summary>
    public static bool IsSerial(string? text) =>
        text is { Length: Length } && Form().IsMatch(text)
        && int.Parse(text.AsSpan(6, 2), CultureInfo.InvariantCulture) is > 0 and int day
        && day <= DateTime.DaysInMonth(2000 + int.Parse(text.AsSpan(3, 2), CultureInfo.InvariantCulture), text[5] - 'A' + 1);

    [GeneratedRegex($"^{HeadPattern}[A-HJ-NP-Z2-9]{{5}}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
