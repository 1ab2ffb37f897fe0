namespace JamBox.Docs.Tests;

/// <summary>Tests of <see cref="MarkdownPage"/>: what it overlooks, the other tests cannot find.</summary>
public sealed class MarkdownPageTests
{
    [Theory]
    [InlineData("Reverse proxy and TLS", "reverse-proxy-and-tls")]
    [InlineData("6. Who the box is", "6-who-the-box-is")]
    [InlineData("`hc` and its [members](x.md), always", "hc-and-its-members-always")]
    [InlineData("What is kept, where, and for how long", "what-is-kept-where-and-for-how-long")]
    public void A_heading_becomes_an_anchor(string heading, string anchor) => Assert.Equal(anchor, MarkdownPage.Anchor(heading));

    [Fact]
    public void Equal_headings_are_numbered() =>
        Assert.Equal(["a", "a-1", "b", "a-2"], new MarkdownPage("# A\n## A\n## B\n### A\n").Anchors);

    [Fact]
    public void Links_and_code_are_found_outside_of_blocks_of_code()
    {
        MarkdownPage page = new(
            "See [one](one.md), [two](two.md#b) and `three/x.cs`, not `[a](b)`.\n```\n[four](four.md) `five`\n# Six\n```\n");
        Assert.Equal(["one.md", "two.md#b"], page.Links);
        Assert.Equal(["three/x.cs", "[a](b)"], page.Code);
        Assert.Empty(page.Anchors);
        Assert.False(page.IsFenceOpen);
        Assert.True(new MarkdownPage("```\nno end").IsFenceOpen);
    }
}
