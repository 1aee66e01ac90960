"""Reads messages of the Common Alerting Protocol as OASIS CAP 1.2 has them, and says what is wrong with one: elements
and their order, how often they may stand there, what they may hold."""
import re
import xml.etree.ElementTree as ElementTree

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
NAME = re.compile(r"[^\s,<&]+")
LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
PLACE = r"-?\d+(\.\d+)?,-?\d+(\.\d+)?"


def of(*words):
    return re.compile("|".join(re.escape(word) for word in words))


ANY = re.compile(r"(?s).*")
TEXT = re.compile(r"(?s).+")
# Each element: its name, how often at least, how often at most, and what it holds: an expression, or elements.
AREA = [
    ("areaDesc", 1, 1, TEXT), ("polygon", 0, None, re.compile(rf"{PLACE}( {PLACE})*")),
    ("circle", 0, None, re.compile(rf"{PLACE} \d+(\.\d+)?")),
    ("geocode", 0, None, [("valueName", 1, 1, TEXT), ("value", 1, 1, TEXT)]),
    ("altitude", 0, 1, ANY), ("ceiling", 0, 1, ANY),
]
INFO = [
    ("language", 0, 1, LANGUAGE),
    ("category", 1, None, of("Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport",
                             "Infra", "CBRNE", "Other")),
    ("event", 1, 1, TEXT),
    ("responseType", 0, None, of("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear",
                                 "None")),
    ("urgency", 1, 1, of("Immediate", "Expected", "Future", "Past", "Unknown")),
    ("severity", 1, 1, of("Extreme", "Severe", "Moderate", "Minor", "Unknown")),
    ("certainty", 1, 1, of("Observed", "Likely", "Possible", "Unlikely", "Unknown")),
    ("audience", 0, 1, ANY), ("eventCode", 0, None, [("valueName", 1, 1, TEXT), ("value", 1, 1, TEXT)]),
    ("effective", 0, 1, TIME), ("onset", 0, 1, TIME), ("expires", 0, 1, TIME), ("senderName", 0, 1, TEXT),
    ("headline", 0, 1, TEXT), ("description", 0, 1, TEXT), ("instruction", 0, 1, TEXT), ("web", 0, 1, TEXT),
    ("contact", 0, 1, TEXT), ("parameter", 0, None, [("valueName", 1, 1, TEXT), ("value", 1, 1, ANY)]),
    ("resource", 0, None, []), ("area", 0, None, AREA),
]
ALERT = [
    ("identifier", 1, 1, NAME), ("sender", 1, 1, NAME), ("sent", 1, 1, TIME),
    ("status", 1, 1, of("Actual", "Exercise", "System", "Test", "Draft")),
    ("msgType", 1, 1, of("Alert", "Update", "Cancel", "Ack", "Error")), ("source", 0, 1, TEXT),
    ("scope", 1, 1, of("Public", "Restricted", "Private")), ("restriction", 0, 1, TEXT), ("addresses", 0, 1, TEXT),
    ("code", 0, None, TEXT), ("note", 0, 1, TEXT), ("references", 0, 1, TEXT), ("incidents", 0, 1, TEXT),
    ("info", 0, None, INFO),
]


def faults(element, schema, path="alert"):
    """What is wrong with the elements of one."""
    found = []
    children = list(element)
    for name, least, most, content in schema:
        count = 0
        while children and children[0].tag == CAP + name:
            child = children.pop(0)
            count += 1
            if isinstance(content, list):
                found += faults(child, content, f"{path}/{name}")
            elif len(child) or not content.fullmatch(child.text or ""):
                found.append(f"{path}/{name} holds {child.text!r}")
        if count < least or (most is not None and count > most):
            found.append(f"{path}/{name} stands there {count} times")
    return found + [f"{path} has {child.tag} where it has no place" for child in children]


class Message:
    def __init__(self, element):
        assert element.tag == CAP + "alert", element.tag
        wrong = faults(element, ALERT)
        assert not wrong, (wrong, ElementTree.tostring(element, encoding="unicode"))
        self.element = element
        for name in ("identifier", "sender", "sent", "msgType", "scope", "restriction"):
            setattr(self, name, self.text(name))
        assert (self.scope == "Restricted") == (self.restriction is not None)
        self.references = [tuple(one.split(",")) for one in (self.text("references") or "").split()]
        assert all(len(one) == 3 and TIME.fullmatch(one[2]) for one in self.references), self.references
        assert bool(self.references) == (self.msgType in ("Update", "Cancel")), self.msgType
        self.parameters = {
            p.find(CAP + "valueName").text: p.find(CAP + "value").text for p in element.iter(CAP + "parameter")}

    def text(self, path):
        found = self.element.find("/".join(CAP + name for name in path.split("/")))
        return None if found is None else found.text


def read(document):
    return Message(ElementTree.fromstring(document))


def read_feed(document):
    """The messages of a feed, and the address of the next page."""
    feed = ElementTree.fromstring(document)
    assert feed.tag == ATOM + "feed"
    for name in ("id", "title", "updated"):
        assert feed.find(ATOM + name).text, name
    messages = []
    for entry in feed.findall(ATOM + "entry"):
        for name in ("id", "title", "updated"):
            assert entry.find(ATOM + name).text, name
        link = entry.find(f"{ATOM}link[@rel='alternate']")
        assert link.get("type") == "application/cap+xml"
        message = Message(entry.find(ATOM + "content")[0])
        message.link = link.get("href")
        messages.append(message)
    ids = [entry.find(ATOM + "id").text for entry in feed.findall(ATOM + "entry")]
    assert len(set(ids)) == len(ids), ids
    following = feed.find(f"{ATOM}link[@rel='next']")
    return messages, None if following is None else following.get("href")
