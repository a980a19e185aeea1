"""Names for very many invented people: common surnames by how common they are, and given names. Pure."""

from itertools import accumulate
from random import Random

# Surname and how many of a thousand people roughly have it.
_SURNAMES = {
    "王": 72, "李": 71, "张": 68, "刘": 54, "陈": 45, "杨": 31, "黄": 23, "赵": 20, "吴": 20, "周": 20,
    "徐": 15, "孙": 15, "马": 13, "朱": 12, "胡": 12, "郭": 11, "何": 11, "高": 10, "林": 10, "罗": 9,
    "郑": 9, "梁": 9, "谢": 8, "宋": 7, "唐": 7, "许": 6, "韩": 6, "冯": 6, "邓": 6, "曹": 6,
    "彭": 6, "曾": 6, "肖": 5, "田": 5, "董": 5, "袁": 5, "潘": 5, "于": 5, "蒋": 5, "蔡": 4,
    "余": 4, "杜": 4, "叶": 4, "程": 4, "苏": 4, "魏": 4, "吕": 4, "丁": 4, "任": 4, "沈": 4,
    "姚": 3, "卢": 3, "姜": 3, "崔": 3, "钟": 3, "谭": 3, "陆": 3, "汪": 3, "范": 3, "金": 3,
    "石": 3, "廖": 3, "贾": 3, "夏": 3, "韦": 3, "付": 3, "方": 3, "白": 3, "邹": 3, "孟": 3,
    "熊": 2, "秦": 2, "邱": 2, "江": 2, "尹": 2, "薛": 2, "闫": 2, "段": 2, "雷": 2, "侯": 2,
    "欧阳": 1, "上官": 0.3, "司马": 0.3, "诸葛": 0.2,
}  # fmt: skip
_FIRST = "子思晓志文明海建国立春丽雅佳雨欣宇浩俊嘉梓若心一永玉秀少世德光天新伟长庆云安"
_LAST = {
    "male": "轩杰涛强军勇磊鹏辉波斌龙飞平华刚林峰亮栋宁毅凯航阳晨睿博",
    "female": "婷雪琳芳娜静敏燕艳娟莉玲霞萍红梅兰洁颖倩薇萱怡彤瑶琪雯妍",
}
_FAMILY = tuple(_SURNAMES)
_HOW_COMMON = tuple(accumulate(_SURNAMES.values()))


def person_name(rng: Random, gender: str) -> str:
    """A surname and a given name of two characters, for every sixth of one."""
    surname = rng.choices(_FAMILY, cum_weights=_HOW_COMMON)[0]
    first = rng.choice(_FIRST) if rng.random() > 1 / 6 else ""
    return surname + first + rng.choice(_LAST[gender])
