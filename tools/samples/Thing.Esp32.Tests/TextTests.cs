using JamBox.Things.Text;
using nanoFramework.TestFramework;

namespace JamBox.Things.Tests;

/// <summary>Tests of <see cref="JsonReader"/> and <see cref="ByteWriter"/>.</summary>
[TestClass]
public class TextTests
{
    /// <summary>What is JSON, and what is not.</summary>
    [TestMethod]
    public void OnlyWholeObjectsAreObjects()
    {
        string[] good =
        {
            "{}", " { \"a\" : [ 1 , -2.5e+3 , { } , [ ] ] , \"b\" : null } ", "{\"a\\\"}\":\"x\"}", "{\"a\":0,\"b\":true,\"c\":false}",
        };
        string[] bad =
        {
            "", "{", "}", "[]", "1", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", 
            "{\"a\":[1,]}", "{\"a\":01}", "{\"a\":1.}",
            "{\"a\":-}", "{\"a\":tru}", "{\"a\":\"x}", "{} {}", "{\"a\":[}]", "{a:1}", "{\"a\":1e}", "{\"a\":\"\n\"}",
        };
        foreach (string text in good)
        {
            Assert.IsTrue(ReaderOf(text).IsObject(), text);
        }

        foreach (string text in bad)
        {
            Assert.IsFalse(ReaderOf(text).IsObject(), text);
        }
    }

    /// <summary>Depth has a bound.</summary>
    [TestMethod]
    public void DepthIsBounded()
    {
        string open = "{\"a\":";
        string close = "1";
        for (int i = 1; i < JsonReader.MaxDepth; i++)
        {
            open += "[";
            close += "]";
        }

        Assert.IsTrue(ReaderOf(open + close + "}").IsObject());
        Assert.IsFalse(ReaderOf(open + "[" + close + "]}").IsObject());
    }

    /// <summary>Members are found by name at the outermost level only, the first of two.</summary>
    [TestMethod]
    public void MembersAreFound()
    {
        JsonReader reader = ReaderOf("{\"x\":{\"v\":9},\"v\":-7.5,\"v\":3,\"t\":\"abc\",\"e\":\"a\\n\"}");
        Assert.IsTrue(reader.Find("v") == JsonToken.Number);
        Assert.IsTrue(reader.TryGetWhole(out int value));
        Assert.AreEqual(-8, value);
        Assert.IsTrue(reader.Find("t") == JsonToken.Text);
        Assert.AreEqual("abc", reader.PlainText(3));
        Assert.IsNull(reader.PlainText(2));
        Assert.IsTrue(reader.Find("e") == JsonToken.Text);
        Assert.IsNull(reader.PlainText(10));
        Assert.IsTrue(reader.Find("nothing") == JsonToken.End);
    }

    /// <summary>1,000 damaged documents (seed 17): never an exception, never an endless document.</summary>
    [TestMethod]
    public void DamageIsSurvived()
    {
        const string Text = "{\"message\":\"ok\",\"updated_data\":{\"v0\":1,\"t\":25.5,\"n\":null,\"a\":[true,{}]},\"x\":\"\\u0041\"}";
        uint random = 17;
        var reader = new JsonReader();
        for (int i = 0; i < 1000; i++)
        {
            byte[] bytes = Noise.BytesOf(Noise.Mutate(Text, ref random));
            reader.Set(bytes, 0, bytes.Length);
            int tokens = 0;
            JsonToken token;
            do
            {
                token = reader.Read();
                tokens++;
                if (token == JsonToken.Number)
                {
                    reader.TryGetWhole(out int _);
                }
            }
            while (token != JsonToken.Fault && token != JsonToken.End && tokens < 1000);
            Assert.IsTrue(tokens < 1000, "no end: document " + i);
            Assert.IsTrue(reader.Find("updated_data") != JsonToken.Name, "document " + i);
        }
    }

    /// <summary>Numbers, measures, texts.</summary>
    [TestMethod]
    public void IsWritten()
    {
        Assert.AreEqual("-9223372036854775808", Written(new ByteWriter(40).Number(long.MinValue)));
        Assert.AreEqual("0", Written(new ByteWriter(40).Measure(0.004)));
        Assert.AreEqual("-0.05", Written(new ByteWriter(40).Measure(-0.051)));
        Assert.AreEqual("25.5", Written(new ByteWriter(40).Measure(25.5)));
        Assert.AreEqual("-12.34", Written(new ByteWriter(40).Measure(-12.339)));
        Assert.AreEqual("null", Written(new ByteWriter(40).Measure(double.NaN)));
        Assert.AreEqual("null", Written(new ByteWriter(40).Measure(1e13)));
        Assert.AreEqual("\"a\\\"\\\\\\u000a\"", Written(new ByteWriter(40).Quoted("a\"\\\n")));
        Assert.AreEqual("\u00c3\u00a4\u00e2\u0082\u00ac", Written(new ByteWriter(40).Text("\u00e4\u20ac")));
        Assert.AreEqual("{\"a\":1,\"b\":2", Written(new ByteWriter(40).Octet('{').Member("a").Number(1).Member("b").Number(2)));
    }

    /// <summary>What does not fit is said, and never written beyond the end.</summary>
    [TestMethod]
    public void OverflowIsSaid()
    {
        ByteWriter writer = new ByteWriter(4).Text("abcd");
        Assert.IsFalse(writer.HasOverflowed);
        Assert.IsTrue(writer.Octet('e').HasOverflowed);
        Assert.AreEqual(4, writer.Count);
        Assert.IsFalse(writer.Clear().HasOverflowed);
    }

    private static JsonReader ReaderOf(string text)
    {
        var reader = new JsonReader();
        byte[] bytes = Noise.BytesOf(text);
        reader.Set(bytes, 0, bytes.Length);
        return reader;
    }

    private static string Written(ByteWriter writer)
    {
        return Noise.TextOf(writer.Buffer, writer.Count);
    }
}
