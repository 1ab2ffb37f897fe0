using JamBox.Edge.Engine;
using JamBox.Edge.Link;

using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Link;

/// <summary>Notices by the way they come, and garbage in their place.</summary>
public sealed class NoticeInboxTests : IDisposable
{
    private const string Earlier = "2026-11-28T09:00:00.000Z";
    private const string Later = "2026-11-28T09:00:00.001Z";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_newest_one_wins_by_whatever_way_and_in_whatever_order_it_comes()
    {
        NoticeInbox inbox = Open();
        Assert.True(inbox.Offer(LinkWorld.NoticeJson("d-2", Later), "from the own topic"));
        Assert.False(inbox.Offer(LinkWorld.NoticeJson("d-1", Earlier), "from the common topic"));
        Assert.False(inbox.Offer(LinkWorld.NoticeJson("d-3", Later), "again"));
        Assert.Equal("d-2", inbox.Newest!.Id);
        Assert.Equal("d-2", Open().Newest!.Id);
    }

    [Fact]
    public async Task Whoever_waits_gets_what_is_newer_than_what_he_knows()
    {
        NoticeInbox inbox = Open();
        Task<Notice> first = inbox.NewerAsync(null, CancellationToken.None);
        Assert.False(first.IsCompleted);
        inbox.Offer(LinkWorld.NoticeJson("d-1", Earlier), "now");
        Notice known = await first.WaitAsync(LinkWorld.Deadline);
        Task<Notice> second = inbox.NewerAsync(known.At, CancellationToken.None);
        Assert.False(second.IsCompleted);
        inbox.Offer(LinkWorld.NoticeJson("d-2", Later), "now");
        Assert.Equal("d-2", (await second.WaitAsync(LinkWorld.Deadline)).Id);
    }

    [Fact]
    public void One_from_the_future_does_not_shut_out_the_others()
    {
        NoticeInbox inbox = Open();
        Assert.False(inbox.Offer(LinkWorld.NoticeJson("d-9", "2099-01-01T00:00:00.000Z"), "from a server with a wrong clock"));
        Assert.True(inbox.Offer(LinkWorld.NoticeJson("d-1", Earlier), "now"));
    }

    [Theory]
    [InlineData("kept:d-1")]
    [InlineData("local:d-1")]
    public void What_lies_on_this_computer_is_not_the_servers_to_speak_of(string url)
    {
        NoticeInbox inbox = Open();
        byte[] notice = global::System.Text.Encoding.UTF8.GetBytes(
            global::System.Text.Encoding.UTF8.GetString(LinkWorld.NoticeJson("d-1", Earlier)).Replace(
                "/api/deployment-download/d-1", url, StringComparison.Ordinal));
        Assert.Contains(url, global::System.Text.Encoding.UTF8.GetString(notice), StringComparison.Ordinal);
        Assert.False(inbox.Offer(notice, "from the broker"));
        Assert.Null(inbox.Newest);
        Assert.True(inbox.Offer(notice, "from this computer", isOwn: true));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"id\":")]
    public void A_kept_one_that_is_damaged_is_as_none(string kept)
    {
        File.WriteAllText(_folder.File("notice.json"), kept);
        NoticeInbox inbox = Open();
        Assert.Null(inbox.Newest);
        Assert.True(inbox.Offer(LinkWorld.NoticeJson("d-1", Earlier), "now"));
    }

    [Fact]
    public void An_empty_retained_message_is_no_notice_and_no_fault()
    {
        NoticeInbox inbox = Open();
        inbox.Offer(LinkWorld.NoticeJson("d-1", Earlier), "now");
        Assert.False(inbox.Offer([], "when the server took it back"));
        Assert.Equal("d-1", inbox.Newest!.Id);
    }

    private NoticeInbox Open() => new(new DiskFiles(), _folder.File("notice.json"), new FastClock(), NullLogger.Instance);
}
