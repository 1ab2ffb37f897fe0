using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text;
using JamBox.Text;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>
/// Every nested class <c>Texts</c> of Firmware.Shared and Firmware.App: its constants cut its string into exactly the pieces that '|' ends, in their order.
/// A failure prints the constants as they must be.
/// </summary>
public sealed class TextsTests
{
    public static IEnumerable<object[]> Classes() =>
        BoardHeap.FirmwareTypes.Append(typeof(Sim7080.Sim7080.Texts)).Where(t => t.IsNested && t.Name == "Texts")
            .Select(t => new object[] { t });

    [Fact]
    public void There_are_some()
    {
        Assert.NotEmpty(Classes());
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public void Every_constant_is_a_whole_piece(Type texts)
    {
        string all = TextsOf(texts);
        Assert.All(all, c => Assert.True(c < 128, "not ASCII"));
        Assert.EndsWith("|", all, StringComparison.Ordinal);
        string[] pieces = all.Substring(0, all.Length - 1).Split('|');
        FieldInfo[] constants = ConstantsOf(texts);

        string expected = Constants(constants.Select(c => c.Name), pieces);
        string actual = string.Join("\n", constants.Select(c => Line(c.Name, (int)c.GetRawConstantValue())));
        Assert.True(
            pieces.Length == constants.Length,
            $"{texts.DeclaringType}: {pieces.Length} pieces, {constants.Length} constants; the pieces are\n{string.Join("\n", pieces)}");
        Assert.True(expected == actual, $"{texts.DeclaringType}: the constants must be\n{expected}");
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public void What_is_written_is_the_piece(Type texts)
    {
        string all = TextsOf(texts);
        foreach (FieldInfo constant in ConstantsOf(texts))
        {
            int piece = (int)constant.GetRawConstantValue();
            var writer = new ByteWriter(new byte[256]);
            writer.Text(all, piece);
            string written = Encoding.ASCII.GetString(writer.Buffer, 0, writer.Length);
            Assert.Contains("|" + written + "|", "|" + all, StringComparison.Ordinal);
            Assert.True(writer.Length > 0 && !writer.HasOverflowed);
        }
    }

    private static string TextsOf(Type texts) =>
        (string)texts.GetField("All", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public).GetValue(null);

    // In the order of their declaration: metadata keeps it.
    private static FieldInfo[] ConstantsOf(Type texts) =>
        texts.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public).Where(f => f.IsLiteral)
            .OrderBy(f => f.MetadataToken).ToArray();

    private static string Constants(IEnumerable<string> names, string[] pieces)
    {
        var lines = new List<string>();
        int at = 0;
        foreach ((string name, string piece) in names.Zip(pieces))
        {
            Assert.InRange(piece.Length, 1, 255);
            lines.Add(Line(name, (at << 8) | piece.Length));
            at += piece.Length + 1;
        }

        return string.Join("\n", lines);
    }

    private static string Line(string name, int piece) => $"public const int {name} = 0x{piece >> 8:X2}_{piece & 0xFF:X2};";
}
