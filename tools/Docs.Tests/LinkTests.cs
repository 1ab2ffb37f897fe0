namespace JamBox.Docs.Tests;

/// <summary>Every link of every page leads to something that is there.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Pages => [.. Repository.Pages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_somewhere(string page)
    {
        MarkdownPage content = new(Repository.Read(page));
        Assert.False(content.IsFenceOpen, $"{page}: a block of code is not closed");
        string[] faults =
        [
            .. content.Links.Where(link => Fault(page, content, link) is not null)
                .Select(link => $"{page}: {link} {Fault(page, content, link)}"),
        ];
        Assert.True(faults.Length == 0, string.Join(Environment.NewLine, faults));
    }

    [Fact]
    public void Every_document_can_be_reached_from_the_readme()
    {
        HashSet<string> reached = ["README.md"];
        Queue<string> open = new(reached);
        while (open.TryDequeue(out string? page))
        {
            foreach (string link in new MarkdownPage(Repository.Read(page)).Links.Where(static link => !IsOutside(link) && link[0] != '#'))
            {
                if (Repository.From(page, link.Split('#')[0]) is { } target && target.EndsWith(".md", StringComparison.Ordinal)
                    && Repository.Has(target) && reached.Add(target))
                {
                    open.Enqueue(target);
                }
            }
        }

        Assert.Empty(Repository.Pages.Except(reached));
    }

    [Fact]
    public void A_dead_link_is_found()
    {
        MarkdownPage page = new("# One\n");
        Assert.Null(Fault("docs/wire.md", page, "#one"));
        Assert.Null(Fault("docs/wire.md", page, "../README.md"));
        Assert.NotNull(Fault("docs/wire.md", page, "#two"));
        Assert.NotNull(Fault("docs/wire.md", page, "none.md"));
        Assert.NotNull(Fault("docs/wire.md", page, "flash.md#no-such-heading"));
        Assert.NotNull(Fault("docs/wire.md", page, "../../beside.md"));
    }

    private static bool IsOutside(string link) =>
        link.Contains("://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal);

    private static string? Fault(string page, MarkdownPage content, string link)
    {
        if (IsOutside(link))
        {
            return null;
        }

        string[] parts = link.Split('#', 2);
        string? target = parts[0].Length == 0 ? page : Repository.From(page, parts[0]);
        if (target is null || !Repository.Has(target))
        {
            return "is not in the repository";
        }

        if (parts.Length == 1)
        {
            return null;
        }

        MarkdownPage led = parts[0].Length == 0 ? content : new MarkdownPage(Repository.Read(target));
        return led.Anchors.Contains(parts[1]) ? null : "has no such heading";
    }
}
