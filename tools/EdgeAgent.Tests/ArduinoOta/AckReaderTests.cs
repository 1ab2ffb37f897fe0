using System.Globalization;
using System.Text;

using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Tests.Modules;

namespace JamBox.Edge.Tests.ArduinoOta;

/// <summary>What modules say during a transfer and over UDP, joined, split and damaged.</summary>
public sealed class AckReaderTests
{
    private const int Cases = 20_000;

    [Theory]
    [InlineData("1024", 1024)]
    [InlineData("536|488", 1024)]
    [InlineData("10|2|4", 1024)]
    [InlineData("100024", 1024)]
    [InlineData("1|1023", 1024)]
    [InlineData("91015", 1024)]
    [InlineData("10241024", 1024)]
    [InlineData("4881024", 1024)]
    [InlineData("7", 7)]
    [InlineData(" 512\r\n512", 1024)]
    public void A_block_is_taken_when_the_last_of_its_counts_has_come(string said, int block)
    {
        AckReader reader = new();
        string[] parts = said.Split('|');
        foreach (string part in parts[..^1])
        {
            reader.Feed(Encoding.ASCII.GetBytes(part));
            Assert.False(reader.TryTake(block));
        }

        reader.Feed(Encoding.ASCII.GetBytes(parts[^1]));
        Assert.True(reader.TryTake(block));
        Assert.False(reader.TryTake(1));
        Assert.False(reader.IsOk);
        Assert.Empty(reader.Text);
    }

    [Theory]
    [InlineData("1024OK")]
    [InlineData("1024O|K")]
    [InlineData("10|24|OK")]
    [InlineData("1024\r\nOK\r\n")]
    public void The_last_word_may_be_joined_to_the_last_count(string said)
    {
        AckReader reader = new();
        foreach (string part in said.Split('|'))
        {
            Assert.False(reader.IsOk);
            reader.Feed(Encoding.ASCII.GetBytes(part));
        }

        Assert.True(reader.IsOk);
        Assert.True(reader.TryTake(1024));
        Assert.Empty(reader.Text);
    }

    [Theory]
    [InlineData("1024MD5 Check Failed\r\n", "MD5 Check Failed")]
    [InlineData("Out of memory: not OK", "Out of memory: not OK")]
    [InlineData("1024\nWrong Magic Byte\r\n", "Wrong Magic Byte")]
    public void An_error_is_text_and_no_success(string said, string text)
    {
        AckReader reader = new();
        reader.Feed(Encoding.ASCII.GetBytes(said));
        Assert.False(reader.IsOk);
        Assert.Equal(text, reader.Text);
    }

    /// <summary>Any pieces of a block, in any segments: it counts as taken after the last byte at the latest.</summary>
    [Fact]
    public void Whatever_TCP_does_with_the_counts_every_block_is_taken()
    {
        Fuzz.ForEach(nameof(Whatever_TCP_does_with_the_counts_every_block_is_taken), Cases, number =>
        {
            Random random = new(number);
            AckReader reader = new();
            for (int block = 0; block < 4; block++)
            {
                int bytes = block == 3 ? random.Next(1, 1025) : 1024;
                StringBuilder said = new();
                int last = 0;
                for (int left = bytes; left > 0; left -= last)
                {
                    last = random.Next(4) == 0 ? random.Next(1, left + 1) : left;
                    said.Append(CultureInfo.InvariantCulture, $"{last}");
                }

                if (random.Next(5) == 0)
                {
                    // It waited for data and says its last count again.
                    said.Append(CultureInfo.InvariantCulture, $"{last}");
                }

                byte[] all = Encoding.ASCII.GetBytes(said.ToString());
                for (int offset = 0; offset < all.Length;)
                {
                    int part = random.Next(1, all.Length - offset + 1);
                    reader.Feed(all.AsSpan(offset, part));
                    offset += part;
                }

                Assert.True(reader.TryTake(bytes), $"block {block} of {bytes} bytes, {said}");
            }

            reader.Feed("OK"u8);
            Assert.True(reader.IsOk);
        });
    }

    [Fact]
    public void Any_bytes_of_a_module_are_read_to_their_end()
    {
        Fuzz.ForEach(nameof(Any_bytes_of_a_module_are_read_to_their_end), Cases, number =>
        {
            Random random = new(number);
            byte[] bytes = new byte[random.Next(0, 600)];
            string letters = "0123456789OK AUTH\r\n";
            for (int index = 0; index < bytes.Length; index++)
            {
                bytes[index] = random.Next(8) == 0 ? (byte)random.Next(256) : (byte)letters[random.Next(letters.Length)];
            }

            AckReader reader = new();
            reader.Feed(bytes);
            reader.TryTake(1024);
            Assert.InRange(reader.Text.Length, 0, 160);
            Assert.DoesNotContain(reader.Text, char.IsControl);

            OtaAnswer answer = OtaAnswer.Parse(bytes);
            Assert.InRange(answer.Text.Length, 0, 80);
            Assert.DoesNotContain(answer.Text, char.IsControl);
            if (answer.Kind == OtaAnswerKind.Challenge)
            {
                Assert.Equal(OtaAuthentication.Chars(answer.Scheme), answer.Text.Length);
            }
        });
    }

    [Theory]
    [InlineData("OK", OtaAnswerKind.Ok)]
    [InlineData("AUTH 0123456789abcdef0123456789abcdef", OtaAnswerKind.Challenge)]
    [InlineData("AUTH 0123456789abcdef0123456789abcdeg", OtaAnswerKind.Other)]
    [InlineData("AUTH 0123456789abcdef", OtaAnswerKind.Other)]
    [InlineData("AUTH", OtaAnswerKind.Other)]
    [InlineData("Authentication Failed", OtaAnswerKind.Other)]
    [InlineData("", OtaAnswerKind.Other)]
    public void Datagrams_are_known(string said, OtaAnswerKind kind)
    {
        Assert.Equal(kind, OtaAnswer.Parse(Encoding.ASCII.GetBytes(said)).Kind);
    }
}
