using System.Text;
using System.Text.Json;

using JamBox.Backend.Things;

namespace JamBox.Backend.Tests.Things;

/// <summary>Configurations that are wanted of things.</summary>
public sealed class ThingConfigTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", true)]
    [InlineData("""{"a":1}""", """{"a":1.0,"b":2}""", true)]
    [InlineData("""{"a":0.1}""", """{"a":0.10000000149}""", true)]
    [InlineData("""{"a":16777216}""", """{"a":16777217}""", true)]
    [InlineData("""{"a":"x","b":false}""", """{"b":false,"a":"x"}""", true)]
    [InlineData("""{"a":1}""", """{"a":1.01}""", false)]
    [InlineData("""{"a":1}""", """{"a":"1"}""", false)]
    [InlineData("""{"a":1}""", """{"a":true}""", false)]
    [InlineData("""{"a":true}""", """{"a":false}""", false)]
    [InlineData("""{"a":"x"}""", """{"a":"X"}""", false)]
    [InlineData("""{"a":1}""", """{"A":1}""", false)]
    [InlineData("""{"a":1}""", """{"a":null}""", false)]
    [InlineData("""{"a":1}""", """{"a":{"a":1}}""", false)]
    [InlineData("""{"a":1}""", "{}", false)]
    [InlineData("""{"a":1}""", null, false)]
    public void ItIsMetWhenTheDeviceHasTheseValues(string wanted, string? reported, bool isMet) =>
        Assert.Equal(isMet, ThingConfig.IsMet(wanted, reported));

    /// <summary>Whatever comes is read or refused in plain words; what is read is read again as the same, and met by itself.</summary>
    [Fact]
    public void NothingThatComesBreaksIt()
    {
        const int Seed = 20261128;
        Random random = new(Seed);
        int read = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] body = Encoding.UTF8.GetBytes("""{"temp_offset":-2.0,"name":"Hall \u00e9","on":true,"v":1e3}""");
            for (int changes = random.Next(4); changes > 0; changes--)
            {
                int at = random.Next(body.Length);
                body = random.Next(3) switch
                {
                    0 => [.. body[..at], (byte)random.Next(256), .. body[(at + 1)..]],
                    1 => [.. body[..at], .. body[(at + 1)..]],
                    _ => [.. body[..at], .. body[random.Next(body.Length)..]],
                };
                body = body.Length == 0 ? [0] : body;
            }

            string? config = ThingConfig.Parse(body, out string? fault);
            Assert.True(config is null != fault is null, $"round {round} of seed {Seed}");
            if (config is not null)
            {
                read++;
                Assert.Equal(config, ThingConfig.Parse(Encoding.UTF8.GetBytes(config), out _));
                Assert.True(ThingConfig.IsMet(config, config), $"round {round} of seed {Seed}");
                Assert.Equal(JsonValueKind.Object, JsonElement.Parse(config).ValueKind);
            }
        }

        Assert.InRange(read, 1000, 19_000);
    }
}
