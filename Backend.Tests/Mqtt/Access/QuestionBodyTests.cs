using System.Text;
using System.Text.Json;

using JamBox.Backend.Mqtt.Access;

namespace JamBox.Backend.Tests.Mqtt.Access;

/// <summary>What a broker's question is read as, and that nothing that comes makes reading fail.</summary>
public sealed class QuestionBodyTests
{
    private const int Seed = 17;

    [Fact]
    public void JsonAndFormSayTheSame()
    {
        QuestionBody json = Json("""{"username":"clock-1","topic":"jambox/device/clock-1/+","acc":4,"more":{"a":[1,{}]}}""")!;
        QuestionBody form = Form("username=clock-1&topic=jambox%2Fdevice%2Fclock-1%2F%2B&acc=4&more=")!;
        foreach (QuestionBody body in new[] { json, form })
        {
            Assert.Equal(("clock-1", "jambox/device/clock-1/+", "4"), (body["username"], body["topic"], body["acc"]));
            Assert.Null(body["password"]);
        }

        Assert.Null(json["more"]);
        Assert.Equal("a b+c", Form("password=a+b%2Bc")!["password"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("""{"username":"a","username":"b"}""")]
    [InlineData("""{"username":"\ud800"}""")]
    [InlineData("username=a")]
    public void ABrokenObjectIsNotRead(string text) => Assert.Null(Json(text));

    [Fact]
    public void OfTwoValuesNeitherIsMeant()
    {
        Assert.Null(Form("username=a&username=b"));
        Assert.Null(Form(string.Join('&', Enumerable.Range(0, 33).Select(static i => $"f{i}=1"))));
        Assert.Null(Json($"{{{string.Join(',', Enumerable.Range(0, 33).Select(static i => $"\"f{i}\":1"))}}}"));
    }

    /// <summary>
    /// Whatever is made of good questions by changing, cutting, doubling bytes is read or is not; and what is read, is read twice alike.
    /// </summary>
    [Fact]
    public void AnythingIsReadOrRefused()
    {
        byte[][] good =
        [
            """{"clientid":"c1","password":"t","username":"clock-1","acc":2,"topic":"jambox/device/clock-1/telemetry"}"""u8.ToArray(),
            "username=clock-1&password=t%2B&vhost=%2F&client_id=c1"u8.ToArray(),
            "resource=topic&name=amq.topic&permission=read&routing_key=jambox.%2A.info.%2A&variable_map.client_id=c1"u8.ToArray(),
        ];
        Random random = new(Seed);
        int read = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = Changed(random, good[random.Next(good.Length)]);
            foreach (bool isForm in new[] { true, false })
            {
                string? user = QuestionBody.Parse(bytes, isForm)?["username"];
                Assert.True(
                    user == QuestionBody.Parse(bytes, isForm)?["username"], $"seed {Seed}, round {i}: {Convert.ToHexString(bytes)}");
                read += user is null ? 0 : 1;
            }
        }

        Assert.InRange(read, 1000, 39_000);
    }

    [Fact]
    public void EveryTextComesThroughJsonAndForm()
    {
        Random random = new(Seed);
        for (int i = 0; i < 2_000; i++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next(1, 0xD7FF))]);
            Assert.Equal(text, Json($"{{\"topic\":{JsonSerializer.Serialize(text)}}}")!["topic"]);
            Assert.Equal(text, Form($"topic={Uri.EscapeDataString(text)}")!["topic"]);
        }
    }

    private static QuestionBody? Json(string text) => QuestionBody.Parse(Encoding.UTF8.GetBytes(text), isForm: false);

    private static QuestionBody? Form(string text) => QuestionBody.Parse(Encoding.UTF8.GetBytes(text), isForm: true);

    private static byte[] Changed(Random random, byte[] good)
    {
        List<byte> bytes = [.. good];
        for (int changes = random.Next(4); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(0, at));
                    break;
                case 3:
                    bytes.Insert(at, "{}[]\"&=%+\\\0"u8[random.Next(11)]);
                    break;
                default:
                    bytes.RemoveAt(at);
                    break;
            }
        }

        return [.. bytes];
    }
}
