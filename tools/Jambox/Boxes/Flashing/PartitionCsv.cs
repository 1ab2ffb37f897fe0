using System.Buffers.Binary;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using JamBox.Flashing;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>
/// Makes a partition table out of its source, so that no tool of ESP-IDF's is needed for it: name, type, subtype, offset and size a line.
/// The bytes are those of Espressif's <c>gen_esp32part.py</c>.
/// </summary>
internal static class PartitionCsv
{
    private const string BoardTable = "partitions_jambox_8mb.csv";
    private const int Columns = 5;
    private const int EntryLength = 32;
    private const int NameAt = 12;
    private const int MaxNameLength = 16;
    private const int Md5At = 16;
    private const ushort EntryMagic = 0x50AA;

    private static readonly Dictionary<string, byte> s_types = new(StringComparer.Ordinal) { ["app"] = 0, ["data"] = 1 };

    private static readonly Dictionary<string, byte> s_subTypes = new(StringComparer.Ordinal)
    {
        ["factory"] = 0x00, ["ota"] = 0x00, ["phy"] = 0x01, ["nvs"] = 0x02, ["coredump"] = 0x03, ["nvs_keys"] = 0x04, ["efuse"] = 0x05,
        ["undefined"] = 0x06, ["fat"] = 0x81, ["spiffs"] = 0x82, ["littlefs"] = 0x83,
    };

    /// <summary>The table of our board (docs/flash.md).</summary>
    /// <returns>Its bytes.</returns>
    public static byte[] OfBoard()
    {
        using Stream source = Assembly.GetExecutingAssembly().GetManifestResourceStream(BoardTable)!;
        using StreamReader reader = new(source);
        return Make(reader.ReadToEnd());
    }

    /// <summary>Makes a table.</summary>
    /// <param name="text">The source.</param>
    /// <returns>Its bytes: 3,072, filled up with erased flash.</returns>
    /// <exception cref="FlashException">A line cannot be read.</exception>
    public static byte[] Make(string text)
    {
        var table = new byte[PartitionTable.MaxLength];
        Array.Fill(table, (byte)0xFF);
        int at = 0;
        foreach ((int number, string line) in text.ReplaceLineEndings("\n").Split('\n').Index())
        {
            string[] cells = [.. line.Split('#')[0].Split(',').Select(static cell => cell.Trim())];
            if (cells is [""])
            {
                continue;
            }

            if (cells.Length < Columns || at + (2 * EntryLength) > table.Length || !TryWrite(table.AsSpan(at), cells))
            {
                throw new FlashException(
                    FlashFault.Input,
                    $"line {number + 1} of the partition table cannot be read: it must be name, app or data, subtype, offset, size, as in 'ident, data, nvs, 0x694000, 0x6000'.");
            }

            at += EntryLength;
        }

        // MD5 is what the loader of the chip checks.
#pragma warning disable CA5351
        byte[] sum = MD5.HashData(table.AsSpan(0, at));
#pragma warning restore CA5351
        BinaryPrimitives.WriteUInt16LittleEndian(table.AsSpan(at), 0xEBEB);
        sum.CopyTo(table, at + Md5At);
        return table;
    }

    private static bool TryWrite(Span<byte> entry, string[] cells)
    {
        if (cells[0].Length is 0 or > MaxNameLength || !Ascii.IsValid(cells[0]) || !s_types.TryGetValue(cells[1], out byte type)
            || !TryNumber(cells[3], out uint offset) || !TryNumber(cells[4], out uint length) || length == 0)
        {
            return false;
        }

        if (!s_subTypes.TryGetValue(cells[2], out byte subType))
        {
            if (!TryNumber(cells[2], out uint number) || number > byte.MaxValue)
            {
                return false;
            }

            subType = (byte)number;
        }

        entry[..EntryLength].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(entry, EntryMagic);
        (entry[2], entry[3]) = (type, subType);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], offset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], length);
        Encoding.ASCII.GetBytes(cells[0], entry[NameAt..]);
        return true;
    }

    private static bool TryNumber(string text, out uint number) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
