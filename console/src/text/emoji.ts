// Emoji with names by which people look for them, in English and German. Loaded when somebody first looks for one.
import type { Language } from "."
import { folded } from "./folding"

export interface Named {
  readonly emoji: string
  readonly name: string
}

/** Those that are offered first. */
export const USUAL: readonly string[] = ["👍", "❤️", "😂", "🎉", "👀", "🙏", "✅", "👋"]

// Each line: the emoji, its names in English, and in German. The first name is shown.
const LIST = `
😀 grin, smile, happy|Grinsen, Lachen
😃 smiley, happy|Lächeln, fröhlich
😄 smile, laugh|Lachen, fröhlich
😁 beam, grin|Strahlen, Grinsen
😆 laughing, satisfied|Lachen
😅 sweat smile, relief|Schwitzen, erleichtert
🤣 rofl, rolling, laugh|Kaputtlachen
😂 joy, tears, laugh|Freudentränen, Lachen
🙂 slight smile|leichtes Lächeln
🙃 upside down|Kopfüber
😉 wink|Zwinkern
😊 blush, smile|Erröten, Lächeln
😇 innocent, angel|Heiligenschein, Engel
🥰 hearts, love|verliebt, Herzen
😍 heart eyes, love|Herzaugen, verliebt
🤩 star struck, wow|Sternaugen, begeistert
😘 kiss|Kuss
😋 yum, tasty|lecker
😛 tongue|Zunge
😜 wink tongue, crazy|Zunge, albern
🤪 zany, crazy|verrückt
🤑 money|Geld
🤗 hug|Umarmung
🤭 oops, giggle|Kichern, ups
🤫 shush, quiet|Psst, leise
🤔 thinking, hmm|Nachdenken, hm
🤐 zipper, secret|Reißverschluss, geheim
🤨 raised eyebrow, sceptical|skeptisch, Augenbraue
😐 neutral|neutral
😑 expressionless|ausdruckslos
😶 no mouth, silent|sprachlos
😏 smirk|Schmunzeln
😒 unamused|genervt
🙄 eye roll|Augenrollen
😬 grimace, awkward|Grimasse, peinlich
😌 relieved|erleichtert
😔 pensive, sad|nachdenklich, traurig
😪 sleepy|schläfrig
😴 sleep, zzz|Schlafen
😷 mask, ill|Maske, krank
🤒 fever, ill|Fieber, krank
🤕 hurt, bandage|verletzt, Verband
🤢 sick, nausea|übel
🤧 sneeze, cold|Niesen, erkältet
🥵 hot|heiß
🥶 cold, freezing|kalt, frieren
😵 dizzy|schwindlig
🤯 mind blown|Kopf explodiert
🥳 party face|Feiern
😎 cool, sunglasses|cool, Sonnenbrille
🤓 nerd|Streber
😕 confused|verwirrt
😟 worried|besorgt
🙁 frown, sad|traurig
😮 open mouth, wow, surprised|überrascht, staunen
😯 hushed|erstaunt
😲 astonished|verblüfft
😳 flushed|verlegen
🥺 pleading, please|flehend, bitte
😦 frowning|bestürzt
😧 anguished|gequält
😨 fearful|ängstlich
😰 anxious, sweat|Angst, Schweiß
😥 sad, relieved|traurig, erleichtert
😢 cry, tear, sad|Weinen, Träne
😭 sob, cry|Heulen, Weinen
😱 scream, fear|Schreien, Angst
😖 confounded|verstört
😞 disappointed|enttäuscht
😓 downcast, sweat|bedrückt
😩 weary|erschöpft
😫 tired|müde
🥱 yawn|Gähnen
😤 huff, triumph|Schnauben
😡 pouting, angry|wütend
😠 angry|ärgerlich
🤬 swearing|Fluchen
😈 devil|Teufel
💀 skull, dead|Totenkopf
💩 poo|Haufen
🤡 clown|Clown
👻 ghost|Geist
👽 alien|Außerirdischer
🤖 robot|Roboter
😺 cat, smile|Katze
🙈 see no evil, monkey|nichts sehen, Affe
🙉 hear no evil, monkey|nichts hören, Affe
🙊 speak no evil, monkey|nichts sagen, Affe
❤️ heart, love|Herz, Liebe
🧡 orange heart|oranges Herz
💛 yellow heart|gelbes Herz
💚 green heart|grünes Herz
💙 blue heart|blaues Herz
💜 purple heart|lila Herz
🖤 black heart|schwarzes Herz
🤍 white heart|weißes Herz
💔 broken heart|gebrochenes Herz
💕 two hearts|zwei Herzen
💯 hundred, perfect|hundert, perfekt
💢 anger|Wut
💥 boom, collision|Explosion
💫 dizzy, star|Sternchen
💦 sweat, drops|Tropfen
💨 dash, fast|schnell, Windstoß
💬 speech bubble, comment|Sprechblase
💤 zzz, sleep|Schlaf
👋 wave, hello, bye|Winken, hallo, tschüss
🤚 raised back of hand|erhobene Hand
✋ raised hand, stop|Hand, halt
🖖 vulcan|Vulkanier
👌 ok, perfect|okay, gut
🤏 pinch, small|ein bisschen
✌️ victory, peace|Sieg, Frieden
🤞 fingers crossed, luck|Daumen drücken, Glück
🤟 love you|liebe dich
🤘 rock|Rock
🤙 call me|ruf an
👈 point left|links zeigen
👉 point right|rechts zeigen
👆 point up|oben zeigen
👇 point down|unten zeigen
👍 thumbs up, yes, good, +1|Daumen hoch, ja, gut
👎 thumbs down, no, bad, -1|Daumen runter, nein, schlecht
✊ fist|Faust
👊 punch, fist bump|Faust
👏 clap, applause|Klatschen, Applaus
🙌 raised hands, hooray|Hurra, Hände hoch
👐 open hands|offene Hände
🤝 handshake, deal|Händedruck, abgemacht
🙏 thanks, please, pray|danke, bitte, beten
✍️ writing|Schreiben
💪 muscle, strong|stark, Muskel
👀 eyes, look|Augen, schauen
👁️ eye|Auge
🧠 brain|Gehirn
👶 baby|Baby
🧑 person|Person
👩 woman|Frau
👨 man|Mann
🙋 raising hand, question|melden, Frage
🤷 shrug|Schulterzucken
🤦 facepalm|Hand vorm Gesicht
🙇 bow, sorry|Verbeugen, Entschuldigung
💁 tipping hand|Information
🏃 run|Rennen
🚶 walk|Gehen
💃 dance|Tanzen
🕺 dance, man|Tanzen
👪 family|Familie
🐶 dog|Hund
🐱 cat|Katze
🐭 mouse|Maus
🐰 rabbit|Hase
🦊 fox|Fuchs
🐻 bear|Bär
🐼 panda|Panda
🐨 koala|Koala
🐯 tiger|Tiger
🦁 lion|Löwe
🐮 cow|Kuh
🐷 pig|Schwein
🐸 frog|Frosch
🐵 monkey|Affe
🐔 chicken|Huhn
🐧 penguin|Pinguin
🐦 bird|Vogel
🦆 duck|Ente
🦉 owl|Eule
🐴 horse|Pferd
🦄 unicorn|Einhorn
🐝 bee|Biene
🐛 bug|Raupe, Fehler
🦋 butterfly|Schmetterling
🐌 snail, slow|Schnecke, langsam
🐢 turtle|Schildkröte
🐍 snake, python|Schlange
🐙 octopus|Krake
🐟 fish|Fisch
🐬 dolphin|Delfin
🐳 whale|Wal
🐘 elephant|Elefant
🌸 blossom|Kirschblüte
🌹 rose|Rose
🌻 sunflower|Sonnenblume
🌷 tulip|Tulpe
🌱 seedling|Keimling
🌲 tree|Baum
🍀 clover, luck|Kleeblatt, Glück
🍁 leaf, autumn|Blatt, Herbst
🌍 earth, world|Erde, Welt
🌙 moon|Mond
⭐ star|Stern
🌟 glowing star|leuchtender Stern
✨ sparkles|Funkeln
⚡ lightning, fast|Blitz, schnell
🔥 fire, hot|Feuer, heiß
🌈 rainbow|Regenbogen
☀️ sun|Sonne
⛅ cloud, sun|Wolke
🌧️ rain|Regen
❄️ snow, cold|Schnee, kalt
☔ umbrella, rain|Regenschirm
💧 drop, water|Tropfen, Wasser
🌊 ocean, wave, sea|Meer, Welle
🍎 apple|Apfel
🍌 banana|Banane
🍓 strawberry|Erdbeere
🍒 cherries|Kirschen
🍋 lemon|Zitrone
🥑 avocado|Avocado
🍞 bread|Brot
🥐 croissant|Croissant
🧀 cheese|Käse
🍕 pizza|Pizza
🍔 burger|Hamburger
🍟 fries|Pommes
🌭 hot dog|Hotdog
🥗 salad|Salat
🍝 pasta, spaghetti|Nudeln
🍣 sushi|Sushi
🍦 ice cream|Eis
🍩 doughnut|Donut
🍪 cookie|Keks
🎂 birthday, cake|Geburtstag, Kuchen
🍰 cake|Torte
🍫 chocolate|Schokolade
☕ coffee|Kaffee
🍵 tea|Tee
🍺 beer|Bier
🍻 cheers, beers|Prost, Bier
🥂 cheers, champagne|Anstoßen, Sekt
🍷 wine|Wein
🍽️ meal, lunch|Essen, Mittag
⚽ football, soccer|Fußball
🏀 basketball|Basketball
🎾 tennis|Tennis
🏆 trophy, winner|Pokal, Sieger
🥇 gold medal, first|Goldmedaille, erster
🎯 target, bullseye|Ziel, Treffer
🎮 game|Spiel
🎲 dice|Würfel
🎨 art, paint|Kunst, Farbe
🎵 music, note|Musik, Note
🎸 guitar|Gitarre
🎬 film, action|Film
📷 camera|Kamera
🚗 car|Auto
🚕 taxi|Taxi
🚌 bus|Bus
🚲 bicycle|Fahrrad
🚆 train|Zug
✈️ plane, flight|Flugzeug
🚀 rocket, launch|Rakete, Start
⛵ boat, sail|Boot
🏠 house, home|Haus, Zuhause
🏢 office|Büro
🏥 hospital|Krankenhaus
🏦 bank|Bank
🏨 hotel|Hotel
🏫 school|Schule
🏖️ beach, holiday|Strand, Urlaub
⛰️ mountain|Berg
🗺️ map|Karte
⏰ alarm|Wecker
⌛ hourglass, wait|Sanduhr, warten
⏳ waiting, hourglass|warten, Sanduhr
📱 phone, mobile|Handy
💻 laptop, computer|Laptop, Rechner
🖨️ printer|Drucker
☎️ telephone|Telefon
📞 call|Anruf, Hörer
📧 e-mail|E-Mail
✉️ letter, envelope|Brief
📦 package, box|Paket
📅 calendar, date|Kalender, Termin
📌 pin|Stecknadel, anheften
📎 paperclip|Büroklammer
📝 note, memo|Notiz
📁 folder|Ordner
📄 document, page|Dokument, Seite
📊 chart|Diagramm
📈 up, growth|steigend, Wachstum
📉 down|fallend
🔍 search|Suche, Lupe
🔒 locked|Schloss, zu
🔓 unlocked|Schloss, offen
🔑 key|Schlüssel
🔨 hammer|Hammer
🔧 wrench, fix|Schraubenschlüssel, reparieren
⚙️ gear, settings|Zahnrad, Einstellungen
💡 idea, light|Idee, Licht
🔔 bell|Glocke
🔕 muted bell|stumm
📣 megaphone|Megafon
💰 money bag|Geldsack
💶 euro|Euro
💳 card, payment|Karte, Zahlung
🧾 receipt, invoice|Beleg, Rechnung
🎁 gift, present|Geschenk
🎈 balloon|Ballon
🎉 party, tada, congratulations|Feier, Glückwunsch
🎊 confetti|Konfetti
🎄 christmas tree|Weihnachtsbaum
🎓 graduation|Abschluss
👑 crown|Krone
💍 ring|Ring
👓 glasses|Brille
🧹 broom, clean|Besen, putzen
🛒 cart, shopping|Einkaufswagen
🗑️ bin, trash|Papierkorb
✅ check, done|Haken, erledigt
☑️ checked box|Kästchen
✔️ tick|Häkchen
❌ cross, no|Kreuz, nein
❎ cross button|Kreuz
❓ question|Frage
❗ exclamation, important|Ausrufezeichen, wichtig
⚠️ warning|Warnung
🚫 forbidden|verboten
⛔ no entry|Einfahrt verboten
♻️ recycle|Recycling
➕ plus|plus
➖ minus|minus
➡️ right arrow|Pfeil rechts
⬅️ left arrow|Pfeil links
⬆️ up arrow|Pfeil hoch
⬇️ down arrow|Pfeil runter
🔄 again, refresh|erneut, aktualisieren
🆗 ok button|okay
🆕 new|neu
🔴 red circle|roter Kreis
🟡 yellow circle|gelber Kreis
🟢 green circle|grüner Kreis
🔵 blue circle|blauer Kreis
🏁 finish|Ziel, Flagge
🚩 flag|Fahne
🏳️‍🌈 rainbow flag|Regenbogenflagge
🇪🇺 europe|Europa
🇩🇪 germany|Deutschland
🇦🇹 austria|Österreich
🇨🇭 switzerland|Schweiz
🇬🇧 britain|Großbritannien
🇺🇸 america|Amerika
🇫🇷 france|Frankreich
🇮🇹 italy|Italien
🇪🇸 spain|Spanien
`

interface Entry {
  readonly emoji: string
  readonly en: readonly string[]
  readonly de: readonly string[]
}

const ENTRIES: readonly Entry[] = LIST.trim()
  .split("\n")
  .map((line) => {
    const blank = line.indexOf(" ")
    const [en = "", de = ""] = line.slice(blank + 1).split("|")
    return { emoji: line.slice(0, blank), en: en.split(", "), de: de.split(", ") }
  })

/** Emoji with a name that has a word which begins like this, in either language. All of them for nothing. */
export function emojiFor(query: string, language: Language): readonly Named[] {
  const sought = folded(query.replaceAll("_", " "))
  const fits = (name: string) => ` ${folded(name)}`.includes(` ${sought}`)
  const starts = ({ en, de }: Entry) => [...en, ...de].some((name) => folded(name) === sought)
  const found = ENTRIES.filter(({ en, de }) => en.some(fits) || de.some(fits))
  const sorted = [...found.filter(starts), ...found.filter((entry) => !starts(entry))]
  return sorted.map((entry) => ({ emoji: entry.emoji, name: entry[language][0] ?? "" }))
}
